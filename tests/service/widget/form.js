// A form as the documentation of autocomplete-lhc has it: its own options, and only the address is ours.
"use strict";

const search = `${new URLSearchParams(location.search).get("service")}api/icd10cm/v3/search`;
window.chosen = [];

const table = { tableFormat: true, valueCols: [0, 1], colHeaders: ["Code", "Name"] };
new Def.Autocompleter.Search("plain", `${search}?sf=code,name&ef=origin`, table);
new Def.Autocompleter.Search("ranked", `${search}?ui=es`, {
  ...table,
  sort: false,
  suggestionMode: Def.Autocompleter.NO_COMPLETION_SUGGESTIONS,
});
new Def.Autocompleter.Search("several", `${search}?df=name`, { maxSelect: "*" });

for (const field of ["plain", "ranked", "several"]) {
  Def.Autocompleter.Event.observeListSelections(field, (data) => {
    const item = document.getElementById(field).autocomp.getItemData(data.final_val);
    window.chosen.push({ field, code: data.item_code, data: item.data ?? null });
  });
}
