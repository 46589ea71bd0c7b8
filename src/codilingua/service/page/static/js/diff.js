// Two titles in; the words of one that the other does not share, out.

const LEAST_SHARED = 0.25;
const SHORT = 3;

/** A text as `[{ word, differs }]`, compared with another; nothing differs where the two have little in common. */
export function compare(text, other) {
  const words = text.split(/\s+/).filter(Boolean);
  const keys = words.map(key);
  const kept = shared(keys, other.split(/\s+/).filter(Boolean).map(key));
  const telling = keys.flatMap((word, place) => (word.length > SHORT ? [kept.has(place)] : []));
  const alike = telling.filter(Boolean).length >= Math.max(1, telling.length * LEAST_SHARED);
  return words.map((word, place) => ({ word, differs: alike && !kept.has(place) }));
}

/** The same for the text that all others are compared with: a word differs that most of them lack. */
export function compareWithAll(text, others) {
  const words = text.split(/\s+/).filter(Boolean);
  const counts = words.map(() => 0);
  let compared = 0;
  for (const other of others) {
    const marked = compare(text, other);
    if (!compare(other, text).some(({ differs }) => differs)) continue;
    compared += 1;
    marked.forEach(({ differs }, place) => {
      counts[place] += differs ? 1 : 0;
    });
  }
  return words.map((word, place) => ({ word, differs: compared > 0 && counts[place] * 2 > compared }));
}

/** What counts of a word: "rib(s)," is "rib", as is "ribs". */
function key(word) {
  const bare = word.toLocaleLowerCase().replace(/\(s\)|[.,;:()[\]]+/g, "");
  return bare.length > SHORT ? bare.replace(/s$/, "") : bare;
}

/** Places in `one` of a longest common subsequence with `two`. */
function shared(one, two) {
  const lengths = Array.from({ length: one.length + 1 }, () => new Uint16Array(two.length + 1));
  for (let i = one.length - 1; i >= 0; i -= 1) {
    for (let j = two.length - 1; j >= 0; j -= 1) {
      lengths[i][j] = one[i] === two[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const places = new Set();
  for (let i = 0, j = 0; i < one.length && j < two.length;) {
    if (one[i] === two[j]) {
      places.add(i);
      i += 1;
      j += 1;
    } else if (lengths[i + 1][j] >= lengths[i][j + 1]) i += 1;
    else j += 1;
  }
  return places;
}
