"""Components that the page makes of `gr.HTML`: the viewer, the facts, the parameters of parts."""
