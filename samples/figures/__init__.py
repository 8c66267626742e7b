"""Pictures of the figure in many poses, sizes, colours, lights and views, with their true joints.

    python -m samples.figures -o out/figures
    graphflow eval pose_accurate --dataset out/figures/figures.jsonl --group-by pose

Reading order: `poses`, `landmarks` (the 33), `wardrobe` (colours), `covers` (what stands before the
figure), `drawing` (chance chooses all of these), `truth` (what is seen), `make_figures`.
"""
