"""The promises of `bench consensus`."""

from __future__ import annotations

from tests.bench.telling import Goal

GOALS = (
    Goal("tags_mean_accuracy", "tags, one default: mean accuracy of the sets", least=0.846),
    Goal("tags_worst_margin", "points against tie-fair majority, worst set", least=-0.5),
    Goal("mv_speedup", "a million votes: majority in crowd-kit's time", least=15),
    Goal("ds_speedup", "a million votes: Dawid–Skene in crowd-kit's time", least=6),
    Goal("ds_likelihood_gap", "log-likelihood a vote below crowd-kit's", most=0.0005),
    Goal("scale_extra_mb", "memory beyond the votes, MB", most=300),
    Goal("adaptive_votes", "answers a task, adaptive overlap", most=3.5),
    Goal("adaptive_accuracy", "accuracy at that", least=0.765),
    Goal("adaptive_claim_gap_rte", "claimed − true accuracy, rte", most=0.05),
    Goal("adaptive_claim_gap_simulated", "claimed − true accuracy, simulated", most=0.05),
    Goal("boxes_7", "boxes, 7 answers: F1@0.5, F1@0.75", least=(0.92, 0.78)),
    Goal("boxes_3", "boxes, first 3 answers: F1@0.5, F1@0.75", least=(0.90, 0.66)),
    Goal("boxes_speedup", "boxes in datumaro's time", least=10),
    Goal("masks_iou", "masks, mean IoU", least=0.838),
    Goal("masks_speedup", "masks in crowd-kit majority's time", least=3),
    Goal("masks_sim_iou", "masks with spammers, mean IoU", least=0.80),
    Goal("masks_sim_speedup", "masks with spammers in crowd-kit EM's time", least=10),
    Goal("polygons_gain", "polygons, simulated: IoU above the best worker's", least=0.0),
    Goal("keypoints_gain", "keypoints, simulated: OKS above the best worker's", least=0.0),
    Goal("adaptive_boxes_gain_50", "boxes, adaptive overlap: F1@0.5 gained", least=0.0),
    Goal("adaptive_boxes_gain_75", "boxes, adaptive overlap: F1@0.75 gained", least=0.0),
    Goal("adaptive_boxes_gain_75_at_4_2", "the same at 4.2 answers", least=0.01),
    Goal("drawn_claim_gap_boxes", "claimed − true quality at the stop, real boxes", most=0.05),
    Goal("drawn_claim_gap_real_masks", "the same, real masks", most=0.05),
    Goal("drawn_claim_gap_masks", "the same, simulated masks", most=0.05),
    Goal("drawn_claim_gap_polygons", "the same, simulated polygons", most=0.05),
    Goal("drawn_claim_gap_keypoints", "the same, simulated keypoints", most=0.05),
    Goal("box_iou_ratio", "box IoU in units of pycocotools' rate", least=1.0),
    Goal("polygon_iou_ratio", "polygon IoU in units of shapely's rate", least=5),
    Goal("polygon_iou_off", "polygon IoU, largest difference to shapely's", most=0.005),
    Goal("mask_iou_ratio", "mask IoU in units of pycocotools' rate", least=0.9),
    Goal("collusion_found", "copying accounts flagged, of 5", least=4),
    Goal("collusion_false", "honest workers flagged, of 30", most=1),
    Goal("gold_auc", "how well gold is told from other tasks", most=0.55),
)
