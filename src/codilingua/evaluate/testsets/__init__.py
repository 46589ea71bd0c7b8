"""Files and corpora in; test sets as frozen judgements, and variants of them, out."""
