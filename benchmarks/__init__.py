"""An installed Codilingua in; its speed, memory and size beside its peers' out, as numbers and a report."""
