"""Images: reading untrusted files, decoding and cropping, and pictures of predictions."""
