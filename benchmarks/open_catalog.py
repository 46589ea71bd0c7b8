"""Nothing in; on standard output the seconds that opening the shipped catalog took in this fresh process.

Counted are loading the modules, opening the file and one look-up, not the start of Python.
"""

import time

began = time.perf_counter()

from codilingua.artifacts import Assets  # noqa: E402 - loading it is part of what is timed
from codilingua.catalog.catalog import Catalog  # noqa: E402

with Catalog.open(Assets.shipped().catalog) as catalog:
    catalog.get("E11.9")
    print(time.perf_counter() - began)
