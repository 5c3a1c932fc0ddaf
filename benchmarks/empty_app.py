"""A Gradio app that does no work: returns the file that it receives. The baseline for overhead.

python -m benchmarks.empty_app --port 8000
"""

import argparse

import gradio as gr


def main() -> None:
    """Serve the app until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    args = parser.parse_args()
    with gr.Blocks(analytics_enabled=False) as demo:
        file = gr.File()
        file.upload(lambda path: path, file, file, api_name="same")
    demo.queue().launch(server_port=args.port)


if __name__ == "__main__":
    main()
