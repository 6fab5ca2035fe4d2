import numpy as np
import pytest

from solider_mm.evaluation.reid import k_reciprocal_rerank
from solider_mm.inference.gallery_index import GalleryIndex, camera_rule


@pytest.fixture
def features():
    return np.random.default_rng(0).standard_normal((60, 16)).astype(np.float32)


@pytest.fixture
def gallery(features):
    return GalleryIndex(features[10:], [f"p{i}_c{i % 3}" for i in range(50)])


def cosines(features):
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    return unit[:10] @ unit[10:].T


def test_query_equals_sorted_cosines(features, gallery):
    expected = cosines(features)
    for row, matches in zip(
        expected, gallery.query(features[:10], topk=7), strict=True
    ):
        order = np.argsort(-row)[:7]
        assert [m.row for m in matches] == order.tolist()
        assert [m.similarity for m in matches] == pytest.approx(row[order], abs=1e-6)
        assert [m.rank for m in matches] == list(range(1, 8))


def test_faiss_gives_the_same(features, gallery):
    pytest.importorskip("faiss")
    other = GalleryIndex(features[10:], gallery.table.names, backend="faiss")
    ours, theirs = (g.query(features[:10], topk=5) for g in (gallery, other))
    assert [[m.row for m in q] for q in ours] == [[m.row for m in q] for q in theirs]


def test_reranking_is_that_of_the_evaluation(features, gallery):
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    distances = k_reciprocal_rerank(unit[:10], unit[10:])
    for row, matches in zip(
        distances, gallery.query(features[:10], topk=4, rerank=True), strict=True
    ):
        assert [m.row for m in matches] == np.argsort(row)[:4].tolist()


def test_camera_rule_leaves_out_the_own_camera(features, gallery):
    rule = camera_rule(r"_c(\d+)", ["q_c0"] * 10, gallery.table.names)
    for matches in gallery.query(features[:10], topk=50, keep=rule):
        assert len(matches) == 33
        assert not [m for m in matches if m.name.endswith("_c0")]


@pytest.mark.parametrize("suffix", [".safetensors", ".parquet"])
def test_saved_gallery_answers_alike(features, gallery, tmp_path, suffix):
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    path = gallery.save(tmp_path / f"g{suffix}")
    again = GalleryIndex.load(path)
    for ours, theirs in zip(
        gallery.query(features[:10]), again.query(features[:10]), strict=True
    ):
        assert [m.name for m in ours] == [m.name for m in theirs]
        assert [m.similarity for m in ours] == pytest.approx(
            [m.similarity for m in theirs], abs=1e-6
        )
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_added_images_are_found(features, gallery):
    gallery.add(features[:1], ["new"])
    assert gallery.query(features[:1], topk=1)[0][0].name == "new"
    assert len(gallery) == 51


def test_wrong_values(features, gallery, tmp_path):
    with pytest.raises(ValueError, match="topk is 0"):
        gallery.query(features[:1], topk=0)
    with pytest.raises(ValueError, match="queries have 8 channels, the gallery 16"):
        gallery.query(features[:1, :8])
    with pytest.raises(ValueError, match="features have 8 channels"):
        gallery.add(features[:1, :8], ["x"])
    with pytest.raises(ValueError, match="finite"):
        GalleryIndex(np.full((1, 4), np.nan, np.float32), ["x"])
    with pytest.raises(ValueError, match="2 features, 1 names"):
        GalleryIndex(features[:2], ["x"])
    with pytest.raises(ValueError, match="expected 'torch' or 'faiss'"):
        GalleryIndex(features[:1], ["x"], backend="annoy")
    (tmp_path / "g.safetensors").write_bytes(b"x")
    with pytest.raises(ValueError, match="no file of features"):
        GalleryIndex.load(tmp_path / "g.safetensors")


def test_nobody_in_the_gallery_matches_nothing():
    class Nobody:
        def iterate(self, inputs, **options):
            return iter(())

    gallery = GalleryIndex.build(Nobody(), "folder")
    assert len(gallery) == 0
    assert gallery.query(np.ones((2, 5), np.float32)) == [[], []]
