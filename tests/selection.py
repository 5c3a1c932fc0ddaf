"""Tests that `make test` leaves out, by the path below tests/ and the name of the test.

Other tests carry the mark slow, stress or browser in their own file. The processor time of each was
measured; `make test` reports unmarked tests above 5 s.
"""

PUBLISH = "training/test_publish.py"
FOUND_PIECES = "training/evaluation/test_found_pieces.py"
EVALUATE = "training/evaluation/test_evaluate.py"
EVALUATE_ROOMS = "training/evaluation/test_evaluate_rooms.py"
MARKS = {
    # Loads the model, which four kinds of search use on two pictures: 9 s.
    "images/test_reduction.py::test_boxes_are_in_pixels_of_the_whole_picture": ["slow"],
    # Ray starts processes of its own: 15 to 40 s of processor time.
    "batch/test_convert_ray.py::test_photos_of_a_killed_worker_are_converted": ["slow"],
    # The network runs on four photos; the studio renders two small rooms: 6 to 10 s.
    f"{FOUND_PIECES}::test_the_command_prints_and_writes_the_table": ["slow"],
    f"{FOUND_PIECES}::test_rooms_are_measured_by_average_precision": ["slow"],
    # A photo converted two or three times: 5 to 9 s.
    "batch/test_all_pieces.py::test_the_next_run_makes_only_what_is_missing": ["slow"],
    "batch/test_all_pieces.py::test_another_photo_at_the_address_gets_its_own_folder": ["slow"],
    "batch/test_all_pieces.py::test_parts_are_named_in_the_scene_and_in_the_pieces": ["slow"],
    # The app started under a sub-path and as in the image: 8 to 10 s.
    "deploy/test_nginx.py": ["slow"],
    "deploy/test_image.py": ["slow"],
    # Fresh processes that install or start the app: 3 to 9 s.
    "test_packaging.py::test_the_app_without_weights_says_so_and_stops": ["slow"],
    "test_packaging.py::test_the_space_runs_the_gradio_that_is_tested": ["slow"],
    # The 45 photos of pix3d_dev, several times: 3 to 18 s.
    f"{EVALUATE}::test_the_dev_set_is_measured_whole": ["slow"],
    f"{EVALUATE}::test_the_script_measures_the_same_twice": ["slow"],
    f"{EVALUATE}::test_the_script_writes_json_and_a_gallery": ["slow"],
    f"{EVALUATE}::test_the_script_can_judge_one_split_or_a_few_photos": ["slow"],
    "training/loop/test_average.py::test_averaging_measures_what_it_writes": ["slow"],
    # Each command of the training README, on small data: 1 to 15 s.
    "training/test_readme.py::test_commands_print_what_the_readme_shows": ["slow"],
    "training/studio/test_shards.py": ["slow"],
    # Training runs of seconds, most of them in fresh processes: 5 to 31 s.
    "training/loop/test_train.py::test_a_killed_run_resumes_to_the_same_weights": ["slow"],
    "training/loop/test_train.py::test_a_full_disk_during_a_checkpoint_leaves_the_last_good_one": [
        "slow"
    ],
    "training/loop/test_train.py::test_the_dry_run_goes_through_everything": ["slow"],
    "training/loop/test_train.py::test_training_learns": ["slow"],
    "training/loop/test_train.py::test_two_processes_train_one_model": ["slow"],
    "training/loop/test_teachers.py::test_a_network_comes_nearer_to_its_teacher": ["slow"],
    # The tutorial: shapes, a training run, an evaluation and a server.
    "training/test_train_your_own.py": ["slow"],
    # torch.compile traces the whole scene.
    "training/loop/test_own_categories.py::test_a_scene_of_own_categories_compiles_to_one_graph": [
        "slow"
    ],
    # Published, downloaded and run in fresh processes: 5 to 10 s.
    f"{PUBLISH}::test_visitor_downloads_with_progress_and_predicts_like_the_publisher": ["slow"],
    f"{PUBLISH}::test_snippet_of_the_card_runs_in_a_clone_of_the_space": ["slow"],
    # Training runs of a few steps and evaluations of meshes: 7 to 14 s a file.
    "training/evaluation/test_leaderboard.py": ["slow"],
    "training/loop/test_monitoring.py": ["slow"],
    "training/loop/test_start_and_resume.py": ["slow"],
    "training/loop/test_train.py::test_a_loss_of_nan_stops_the_run_and_keeps_the_last_checkpoint": [
        "slow"
    ],
    "training/heads/test_descriptor_training.py::test_the_trunk_stays_as_it_was": ["slow"],
    # Heads that learn a few pictures, and a training run: 6 s each.
    "training/heads/test_object_training.py::"
    "test_fixed_pictures_are_learned_and_the_head_survives_its_file": ["slow"],
    "training/heads/test_descriptor_training.py::test_a_few_pictures_find_their_own_shapes": [
        "slow"
    ],
    "training/loop/test_train.py::test_a_run_leaves_models_that_load_and_half_is_half": ["slow"],
    # Rooms rendered on the CPU: 24 to 27 s.
    f"{EVALUATE_ROOMS}::test_the_command_measures_rooms_and_writes_them": ["slow"],
    f"{EVALUATE_ROOMS}::test_scenes_of_generated_rooms_stand_on_one_floor_apart": ["slow"],
    f"{EVALUATE_ROOMS}::test_the_true_points_project_into_the_true_boxes": ["slow"],
    f"{EVALUATE_ROOMS}::test_the_pieces_stand_on_the_floor_before_the_camera": ["slow"],
    # Predictions with converted weights: 10 s.
    "network/test_weights.py::test_float16_gives_the_shapes_of_float32": ["slow"],
    # The app imported in fresh processes: 7 s.
    "webapp/test_faults.py::test_a_setting_that_ends_the_start_leaves_no_traceback": ["slow"],
    "webapp/test_app.py::test_importing_writes_nothing_and_opens_no_socket": ["slow"],
    # Many pieces of furniture sampled, traced and rendered: 5 to 6 s.
    "training/studio/test_studio.py::test_the_mask_of_a_cad_model_lies_on_its_grid": ["slow"],
    "training/studio/test_studio.py::test_shapes_are_replaced_and_resuming_finds_them": ["slow"],
    "training/studio/test_studio.py::test_the_same_seed_gives_the_same_batch": ["slow"],
    "training/studio/test_tracer.py::test_the_kernels_agree_with_plain_torch": ["slow"],
    # npm downloads the validator and Gradio's JavaScript client.
    "geometry/test_gltf_validator.py": ["slow"],
    "webapp/endpoints/test_clients.py::test_javascript_generates_remeshes_and_exports": ["slow"],
    # The one browser test of `make test`.
    "webapp/browser/test_browser.py::test_a_dropped_photo_becomes_a_model": ["smoke"],
}
