"""What coders said and how they like the page in; the same out, from a database that outlives the server."""
