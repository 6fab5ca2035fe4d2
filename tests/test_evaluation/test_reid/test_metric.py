import json
import os
import pickle

import numpy as np
import pytest
import torch
import torch.distributed as dist
from mmengine.structures import BaseDataElement

from solider_mm.evaluation import evaluate_ranking
from solider_mm.evaluation.reid import metric as reid_metric
from solider_mm.evaluation.reid.ranking import squared_distances
from solider_mm.evaluation.reid.reranking import k_reciprocal_rerank
from solider_mm.registry import METRICS

ReIDMetric = reid_metric.ReIDMetric


def sample(feature, person, camera, is_query, path="0001_c1.jpg"):
    element = BaseDataElement(
        metainfo={
            "person_id": person,
            "camera_id": camera,
            "is_query": is_query,
            "img_path": path,
        }
    )
    element.feature = torch.as_tensor(feature)
    return element.to_dict()


def random_samples(num_queries=23, num_gallery=80, num_people=6, dims=8):
    """Data samples, queries first, and their four columns."""
    rng = np.random.default_rng(7)
    total = num_queries + num_gallery
    people, cameras = rng.integers(0, num_people, total), rng.integers(0, 3, total)
    centers = rng.standard_normal((num_people, dims))
    features = centers[people] + rng.standard_normal((total, dims))
    features = (features * rng.uniform(0.2, 5, (total, 1))).astype(np.float32)
    is_query = np.arange(total) < num_queries
    columns = features, people, cameras, is_query
    return [
        sample(*row, path=f"{index}.jpg")
        for index, row in enumerate(zip(*columns, strict=True))
    ], columns


def expected_scores(columns, normalize=True, rerank=False, **parameters):
    features, people, cameras, is_query = columns
    if normalize:
        features = features / np.linalg.norm(features, axis=1, keepdims=True)
    query, gallery = features[is_query], features[~is_query]
    distance = squared_distances(torch.from_numpy(query), torch.from_numpy(gallery))
    if rerank:
        distance = k_reciprocal_rerank(query, gallery, **parameters)
    labels = people[is_query], people[~is_query], cameras[is_query], cameras[~is_query]
    return evaluate_ranking(distance, *labels)


def evaluate(metric, samples, batch=16):
    for start in range(0, len(samples), batch):
        metric.process({}, samples[start : start + batch])
    return metric.evaluate(len(samples))


class TestMetrics:
    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"normalize": False},
            {"rerank": True},
            {"rerank": True, "k1": 5, "k2": 2, "lambda_value": 0.1},
        ],
    )
    @pytest.mark.parametrize("chunk_size", [5, 256])
    def test_reports_percentages_of_pure_functions(self, options, chunk_size):
        samples, columns = random_samples()
        metric = ReIDMetric(chunk_size=chunk_size, ranks=(1, 3), **options)
        result = evaluate(metric, samples)
        expected = expected_scores(columns, **options)
        assert set(result) == {"reid/mAP", "reid/mINP", "reid/Rank-1", "reid/Rank-3"}
        assert result["reid/mAP"] == pytest.approx(100 * expected["mAP"], rel=1e-6)
        assert result["reid/mINP"] == pytest.approx(100 * expected["mINP"], rel=1e-6)
        assert result["reid/Rank-3"] == pytest.approx(100 * expected["cmc"][2])
        assert all(isinstance(value, float) for value in result.values())

    def test_matches_official_scores(self, golden_dir):
        with np.load(golden_dir / "reid_metrics.npz") as golden:
            samples = [
                sample(*row, is_query=part == "query")
                for part in ("query", "gallery")
                for row in zip(
                    *(golden[f"{part}_{key}"] for key in ("feat", "pid", "camid")),
                    strict=True,
                )
            ]
            for options, key in (({}, ""), ({"normalize": False}, "nonorm_")):
                result = evaluate(ReIDMetric(**options), samples)
                mean, curve = golden[f"{key}mAP"], golden[f"{key}cmc"]
                assert result["reid/mAP"] == pytest.approx(100 * mean, abs=1e-4)
                assert result["reid/Rank-10"] == pytest.approx(100 * curve[9], abs=1e-4)
            result = evaluate(ReIDMetric(rerank=True), samples)
            rerank = np.load(golden_dir / "reid_reranking.npz")
            mean = 100 * rerank["rerank_mAP"]
            assert result["reid/mAP"] == pytest.approx(mean, rel=1e-3)

    def test_accepts_half_precision_and_ignores_padding(self):
        """Samples beyond `size` were repeated by the sampler."""
        samples, columns = random_samples()
        metric = ReIDMetric()
        metric.process({}, samples + samples[:9])
        result = metric.evaluate(len(samples))
        assert result["reid/mAP"] == pytest.approx(
            100 * expected_scores(columns)["mAP"], rel=1e-6
        )
        samples[0]["feature"] = samples[0]["feature"].bfloat16()
        assert evaluate(metric, samples)["reid/mAP"] == pytest.approx(
            result["reid/mAP"], rel=0.05
        )

    def test_stored_feature_does_not_hold_its_batch(self):
        batch = torch.randn(64, 768)
        metric = ReIDMetric()
        metric.process({}, [sample(batch[0], 1, 1, True)])
        assert len(pickle.dumps(metric.results)) < 2 * batch[0].numel() * 4

    def test_logs_number_of_ignored_queries(self, monkeypatch):
        messages = []
        monkeypatch.setattr(
            reid_metric, "print_log", lambda message, **_: messages.append(message)
        )
        samples, _ = random_samples()
        samples[3]["person_id"] = 1000
        evaluate(ReIDMetric(), samples)
        assert messages[0].startswith(
            "1 of 23 queries have no match from another camera"
        )

    def test_builds_from_config(self):
        config = {"type": "solider_mm.ReIDMetric", "rerank": True, "prefix": "market"}
        metric = METRICS.build(config)
        assert isinstance(metric, ReIDMetric)
        assert metric.prefix == "market"


class TestRankingFile:
    @pytest.fixture()
    def written(self, tmp_path):
        samples, columns = random_samples()
        samples[2]["person_id"] = columns[1][2] = 1000
        file = tmp_path / "new" / "ranking.json"
        evaluate(ReIDMetric(ranking_file=file, top_k=4, chunk_size=10), samples)
        assert os.listdir(file.parent) == ["ranking.json"]
        return json.loads(file.read_text()), columns

    def test_file_holds_fractions(self, written):
        content, columns = written
        expected = expected_scores(columns)
        assert content["mAP"] == pytest.approx(expected["mAP"], rel=1e-6)
        assert content["mINP"] == pytest.approx(expected["mINP"], rel=1e-6)
        assert content["cmc"] == pytest.approx(expected["cmc"].tolist())
        assert content["reranked"] is False
        precision = [query["average_precision"] for query in content["queries"]]
        assert precision[2] is None
        assert precision[3] == pytest.approx(expected["average_precision"][3])

    def test_file_lists_nearest_images_of_other_cameras(self, written):
        content, (features, people, cameras, is_query) = written
        features = features / np.linalg.norm(features, axis=1, keepdims=True)
        for number, query in enumerate(content["queries"]):
            assert query["img_path"] == f"{number}.jpg"
            assert query["person_id"] == people[number]
            distance = np.square(features - features[number]).sum(axis=1)
            own = (people == people[number]) & (cameras == cameras[number])
            distance[own | is_query] = np.inf
            nearest = np.argsort(distance)[:4]
            got = query["gallery"]
            assert [m["img_path"] for m in got] == [f"{i}.jpg" for i in nearest]
            assert [m["camera_id"] for m in got] == cameras[nearest].tolist()
            assert [m["is_match"] for m in got] == (
                people[nearest] == people[number]
            ).tolist()
            np.testing.assert_allclose(
                [m["distance"] for m in got], distance[nearest], rtol=1e-5, atol=1e-6
            )

    def test_lists_fewer_images_after_camera_filtering(self, tmp_path):
        samples = [
            sample([1.0, 0.0], 1, 0, True, "q.jpg"),
            sample([1.0, 0.1], 1, 0, False, "own camera.jpg"),
            sample([0.0, 1.0], 1, 1, False, "other camera.jpg"),
        ]
        file = tmp_path / "ranking.json"
        evaluate(ReIDMetric(ranking_file=str(file)), samples)
        (query,) = json.loads(file.read_text())["queries"]
        assert [m["img_path"] for m in query["gallery"]] == ["other camera.jpg"]
        assert query["gallery"][0]["is_match"] is True


class TestWithoutLabels:
    def samples(self):
        return [
            sample([1.0, 0.0], -2, -1, True, "q.jpg"),
            sample([1.0, 0.1], 7, 0, False, "a.jpg"),
            sample([0.0, 1.0], -2, -1, False, "b.jpg"),
        ]

    def test_writes_ranking_without_scores(self, tmp_path):
        file = tmp_path / "ranking.json"
        metric = ReIDMetric(ranking_file=file)
        metric.dataset_meta = {"identity_names": {7: "anna"}, "camera_names": {0: "c3"}}
        result = evaluate(metric, self.samples())
        assert all(np.isnan(value) for value in result.values())
        content = json.loads(file.read_text())
        assert content["mAP"] is None
        assert content["cmc"] is None
        (query,) = content["queries"]
        assert (query["person_name"], query["average_precision"]) == (None, None)
        first, second = query["gallery"]
        assert (first["person_name"], first["camera_name"]) == ("anna", "c3")
        assert [first["is_match"], second["is_match"]] == [None, None]

    def test_small_distances_keep_their_digits(self, tmp_path):
        file = tmp_path / "ranking.json"
        samples = self.samples()
        samples[1]["feature"] = torch.tensor([1.0, 0.02])
        evaluate(ReIDMetric(ranking_file=file), samples)
        (query,) = json.loads(file.read_text())["queries"]
        distance = query["gallery"][0]["distance"]
        assert distance == pytest.approx(4e-4, rel=1e-3)

    def test_refuses_no_match_without_file(self):
        with pytest.raises(ValueError, match="none of the 1 queries has a match"):
            evaluate(ReIDMetric(), self.samples())


def test_single_camera_counts_matches_on_request():
    samples = [
        sample([1.0, 0.0], 1, 0, True, "q.jpg"),
        sample([1.0, 0.1], 1, 0, False, "a.jpg"),
        sample([0.0, 1.0], 2, 0, False, "b.jpg"),
    ]
    assert evaluate(ReIDMetric(cross_camera=False), samples)["reid/mAP"] == 100
    with pytest.raises(ValueError, match="from another camera"):
        evaluate(ReIDMetric(), samples)


class TestRefuses:
    @pytest.mark.parametrize(
        ("keep", "message"), [(False, "is a query image"), (True, "is a gallery image")]
    )
    def test_refuses_queries_or_gallery_alone(self, keep, message):
        samples = [s for s in random_samples()[0] if s["is_query"] == keep]
        with pytest.raises(ValueError, match=message):
            evaluate(ReIDMetric(), samples)

    def test_refuses_no_results(self):
        with pytest.raises(ValueError, match=r"none of the 0 images is a query image"):
            ReIDMetric().evaluate(0)

    def test_refuses_sample_without_labels(self):
        with pytest.raises(ValueError, match=r"no person_id, is_query: the head must"):
            ReIDMetric().process(
                {}, [{"feature": [1.0], "camera_id": 0, "img_path": "a.jpg"}]
            )

    @pytest.mark.parametrize("feature", [[[1.0, 2.0]], [1.0, float("nan")]])
    def test_refuses_invalid_feature(self, feature):
        with pytest.raises(ValueError, match=r"the feature of 9\.jpg has shape"):
            ReIDMetric().process({}, [sample(feature, 1, 1, True, "9.jpg")])

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"ranks": (1, 60)}, r"ranks=\(1, 60\): each must be from 1 to max_rank"),
            ({"chunk_size": 0}, r"chunk_size=0, top_k=10"),
            ({"k2": 0}, r"k1=20, k2=0"),
        ],
    )
    def test_refuses_invalid_options(self, options, message):
        with pytest.raises(ValueError, match=message):
            ReIDMetric(**options)


def evaluate_share(rank, folder):
    """Evaluate every second image, padded as by mmengine's sampler."""
    torch.set_num_threads(1)  # a fork has none of the parent's threads to wait for
    dist.init_process_group("gloo", f"file://{folder}/sync", rank=rank, world_size=2)
    samples, _ = random_samples()
    assert len(samples) % 2 == 1
    metric = ReIDMetric(collect_dir=f"{folder}/parts")
    metric.process({}, [*samples, samples[0]][rank::2])
    (folder / f"{rank}.json").write_text(json.dumps(metric.evaluate(len(samples))))
    dist.destroy_process_group()


@pytest.mark.slow
def test_two_processes_count_each_image_once(tmp_path):
    torch.multiprocessing.start_processes(
        evaluate_share, args=(tmp_path,), nprocs=2, start_method="fork"
    )
    expected = evaluate(ReIDMetric(), random_samples()[0])
    for rank in range(2):
        assert json.loads((tmp_path / f"{rank}.json").read_text()) == expected
