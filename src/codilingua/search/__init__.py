"""A query in; ranked hits out. Needs numpy, onnxruntime, tokenizers and usearch, nothing more."""
