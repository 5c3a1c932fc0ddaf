"""Tests that `make test` leaves out, by the path below tests/ and the name of the test.

Listed here rather than marked in their files so that the time of `make test` is kept in one place.
Processor time of each was measured; `make test` reports tests above 5 s that are missing here.
"""

MARKS = {
    # Ray starts processes of its own: 15 to 40 s of processor time.
    "batch/test_convert_ray.py::test_a_killed_worker_loses_nothing": ["slow"],
    # Fresh processes that import torch and convert photos: 6 to 9 s.
    "batch/test_convert.py::test_a_killed_run_goes_on_where_it_was": ["slow"],
    "batch/test_convert.py::test_one_picture_loads_no_more_than_it_needs": ["slow"],
    # 5,000 damaged files and every truncation of a file of each format: 7 to 11 s.
    "images/test_fuzz_pictures.py": ["slow"],
    "images/test_hostile_pictures.py::test_files_written_to_hurt_cost_little": ["slow"],
    "images/test_hostile_pictures.py::test_bad_pictures_leave_nothing_behind": ["slow"],
    # npm downloads the validator and Gradio's JavaScript client.
    "geometry/test_gltf_validator.py": ["slow"],
    "webapp/test_clients.py::test_javascript_generates_remeshes_and_exports": ["slow"],
    # The one browser test of `make test`.
    "webapp/test_browser.py::test_a_dropped_photo_becomes_a_model": ["smoke"],
}
