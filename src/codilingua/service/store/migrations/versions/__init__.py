"""One file a change of the tables. A file that was released is not changed any more."""
