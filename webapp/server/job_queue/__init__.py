"""Jobs in the queue of Gradio: fair turns, the listeners of their answers, one deadline."""
