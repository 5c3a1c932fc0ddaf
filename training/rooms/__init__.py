"""Generated rooms whose cameras and pieces are known, and the scores of scenes made of them."""
