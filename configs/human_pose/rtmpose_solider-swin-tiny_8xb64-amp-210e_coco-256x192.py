"""SimCC with RTMPose's head on λ-Swin-Tiny, COCO keypoints, 256×192.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/human_pose/rtmpose_solider-swin-tiny_8xb64-amp-210e_coco-256x192.py \
    --gpus 8 --launcher pytorch

FOLDER holds `coco/`. Eight GPUs. Not an official model: head and loss of mmpose, λ-Swin
at the strides of its pretraining, AdamW. Not yet measured.
"""

_base_ = [
    "../_base_/models/solider-swin.py",
    "../_base_/datasets/coco-keypoints_384x288.py",
    "../_base_/tasks/human_pose.py",
]

semantic_weight = 0.8  # λ: docs/reference.md §9.1, for the official pose models
max_epochs = 210
base_lr = 1e-3  # for 512 images
warmup_iters = 1000

# mmpose's sizes are (W, H). Two bins for each pixel; σ as mmpose sets it for this size.
codec = dict(
    type="SimCCLabel",
    input_size=(192, 256),
    sigma=(4.9, 5.66),
    simcc_split_ratio=2.0,
    normalize=False,
    use_dark=False,
)

model = dict(
    type="TopdownPoseEstimator",
    data_preprocessor=dict(type="PoseDataPreprocessor", bgr_to_rgb=True),
    backbone=dict(
        strides=(4, 2, 2, 2),
        out_indices=(3,),
        drop_path_rate=0.1,
        semantic_weight=semantic_weight,
    ),
    head=dict(
        type="RTMCCHead",
        in_channels=768,
        out_channels=17,
        input_size=codec["input_size"],
        in_featuremap_size=tuple(side // 32 for side in codec["input_size"]),
        simcc_split_ratio=codec["simcc_split_ratio"],
        final_layer_kernel_size=7,
        gau_cfg=dict(
            hidden_dims=256,
            s=128,
            expansion_factor=2,
            dropout_rate=0.0,
            drop_path=0.0,
            act_fn="SiLU",
            use_rel_bias=False,
            pos_enc=False,
        ),
        loss=dict(
            type="KLDiscretLoss", use_target_weight=True, beta=10.0, label_softmax=True
        ),
        decoder=codec,
    ),
    test_cfg=dict(flip_test=True),
)

train_pipeline = [
    dict(type="solider_mm.LoadCheckedImage"),
    dict(type="GetBBoxCenterScale", padding=1.25),
    dict(type="RandomFlip", direction="horizontal"),
    dict(type="RandomHalfBody"),
    dict(type="RandomBBoxTransform", scale_factor=(0.6, 1.4), rotate_factor=80.0),
    dict(type="TopdownAffine", input_size=codec["input_size"]),
    dict(type="PhotometricDistortion"),
    dict(type="GenerateTarget", encoder=codec),
    dict(type="PackPoseInputs"),
]
load, center, warp, pack = _base_.test_pipeline
test_pipeline = [load, center, dict(warp, input_size=codec["input_size"]), pack]
del load, center, warp, pack

train_dataloader = dict(batch_size=64, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=64, dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader

train_cfg = dict(by_epoch=True, max_epochs=max_epochs, val_interval=10)
optim_wrapper = dict(
    type="AmpOptimWrapper",  # on a CPU: --cfg-options optim_wrapper.type=OptimWrapper
    optimizer=dict(type="AdamW", lr=base_lr, weight_decay=0.05),
    paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=1e-5, by_epoch=False, begin=0, end=warmup_iters),
    dict(
        type="CosineAnnealingLR",
        eta_min=0.05 * base_lr,
        begin=max_epochs // 2,
        end=max_epochs,
        T_max=max_epochs - max_epochs // 2,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
default_hooks = dict(checkpoint=dict(interval=10, save_best="coco/AP"))
auto_scale_lr = dict(enable=False, base_batch_size=8 * 64)
