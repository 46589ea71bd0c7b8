"""Terminology files of other code systems in (CSV, ClaML, FHIR); catalogs of the user's own out."""

from codilingua.catalog.sources.delimited import Columns
from codilingua.catalog.sources.drafts import LeftOut
from codilingua.catalog.sources.importer import ImportRequest, ImportSummary, import_catalog

__all__ = ["Columns", "ImportRequest", "ImportSummary", "LeftOut", "import_catalog"]
