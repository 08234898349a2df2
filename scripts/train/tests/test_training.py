"""The net, its folding and export, the assignment, and the augmentation's boxes."""

import argparse
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dataset import IGNORE, VEHICLE, Dataset, Row
from export import graph_of, unshippable
from loss import EMPTY, assign, detection_loss, overlaps
from net import Net, boxes_of, cells
from photometry import _quantise, blocks, photograph
from placement import Pool, clipped, moved, padded
from train import write_manifest
from unfold import start_from_onnx


def shaken(net: Net) -> Net:
    """With statistics that are not those of an untrained net, so that folding is really tested."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.copy_(torch.randn(module.running_mean.shape, generator=generator) * 0.1)
                module.running_var.copy_(torch.rand(module.running_var.shape, generator=generator) + 0.5)
    return net.eval()


class Folding(unittest.TestCase):
    def test_the_folded_net_is_the_same_function_of_bytes(self):
        net = shaken(Net("t"))
        picture = torch.rand(1, 3, 64, 96)
        with torch.no_grad():
            logits, distances = net(picture)
            folded_logits, folded_distances = net.folded()(picture * 255)
        self.assertLess((logits - folded_logits).abs().max(), 1e-3)
        self.assertLess((distances - folded_distances).abs().max(), 1e-3)

    def test_an_export_can_be_trained_further_from_where_it_stood(self):
        for size in ("t", "s"):
            net, again = shaken(Net(size)), Net(size)
            picture = torch.rand(4, 3, 64, 96)
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "net.onnx"
                path.write_bytes(graph_of(net, 64, 96).SerializeToString())
                start_from_onnx(again, path, picture)
            with torch.no_grad():
                logits, distances = net(picture)
                for net_again in (again.eval(), again.train()):
                    logits_again, distances_again = net_again(picture)
                    self.assertLess((logits - logits_again).abs().max(), 1e-2, size)
                    self.assertLess((distances - distances_again).abs().max(), 1e-2, size)

    def test_only_plain_convolutions_are_left(self):
        kinds = {type(module).__name__ for module in Net("s").folded().modules()}
        self.assertFalse(kinds & {"Block", "BatchNorm2d"}, kinds)


class Shipping(unittest.TestCase):
    def test_a_run_is_shippable_only_if_every_picture_that_it_ever_saw_is(self):
        def row(file, licence):
            return Row(file, "train", "gate", file, 32, 32, 0, 0, "human", licence, "")

        with tempfile.TemporaryDirectory() as folder:
            options = argparse.Namespace(out=Path(folder))
            for rows, forbidden in (
                ([row("a", "CC BY 4.0"), row("b, c", "MIT OR Apache-2.0")], []),
                ([row("d", "CC BY-NC 4.0")], ["CC BY-NC 4.0"]),
                ([row("e", "CC BY 4.0")], ["CC BY-NC 4.0"]),  # resumed without it: it has been seen all the same
            ):
                write_manifest(options, argparse.Namespace(rows=rows))
                self.assertEqual(unshippable(options.out), forbidden)


class Assignment(unittest.TestCase):
    def setUp(self):
        self.centres, self.strides = cells(64, 96)
        # Every cell answers a box of four strides round itself, so that the right level fits best.
        self.boxes = boxes_of(torch.full((1, len(self.strides), 4), 2.0), self.centres, self.strides)
        self.scores = torch.full((1, len(self.strides)), 0.1)

    def targets(self, rows):
        return assign(self.scores, self.boxes, self.centres, self.strides, torch.tensor([rows], dtype=torch.float32))

    def test_a_vehicle_gets_cells_inside_it_on_the_level_that_fits(self):
        targets = self.targets([[VEHICLE, 20, 16, 52, 48], [EMPTY, 0, 0, 0, 0]])
        cells_of = targets.answers[0].nonzero().flatten()
        self.assertGreater(len(cells_of), 0)
        best = targets.score[0].argmax()
        self.assertEqual(self.strides[best], 8)
        self.assertTrue(((self.centres[cells_of] > torch.tensor([20, 16])) & (self.centres[cells_of] < torch.tensor([52, 48]))).all())
        self.assertTrue((targets.box[0][cells_of] == torch.tensor([20.0, 16, 52, 48])).all())

    def test_an_ignored_region_teaches_nothing_and_a_vehicle_in_it_still_does(self):
        targets = self.targets([[IGNORE, 0, 0, 96, 64], [VEHICLE, 20, 16, 52, 48]])
        self.assertTrue(targets.answers.any())
        self.assertTrue((targets.ignored ^ targets.answers).all())

    def test_no_vehicle_no_answer(self):
        targets = self.targets([[EMPTY, 0, 0, 0, 0]])
        self.assertFalse(targets.answers.any() or targets.ignored.any())

    def test_the_loss_falls_when_a_net_learns_one_picture(self):
        torch.manual_seed(1)
        net, picture = Net("t"), torch.rand(2, 3, 64, 96)
        truth = torch.tensor([[[VEHICLE, 20, 16, 52, 48.0]], [[VEHICLE, 50, 10, 90, 60.0]]])
        optimiser = torch.optim.AdamW(net.parameters(), lr=5e-3)
        losses = []
        for _ in range(40):
            loss = detection_loss(*net(picture), self.centres, self.strides, truth)
            optimiser.zero_grad()
            loss.total.backward()
            optimiser.step()
            losses.append(loss.total.item())
        self.assertLess(np.mean(losses[-5:]), 0.6 * np.mean(losses[:5]))

    def test_overlaps_of_known_boxes(self):
        a = torch.tensor([[0.0, 0, 2, 2]])
        overlap, generalised = overlaps(a, torch.tensor([[1.0, 0, 3, 2]]))
        self.assertAlmostEqual(overlap.item(), 1 / 3, places=5)
        apart, further = overlaps(a, torch.tensor([[4.0, 0, 6, 2]]))
        self.assertEqual(apart.item(), 0)
        self.assertLess(further.item(), generalised.item())


class Placement(unittest.TestCase):
    def test_boxes_follow_the_picture(self):
        boxes = np.array([[VEHICLE, 10, 20, 30, 40]], np.float32)
        mirrored = moved(boxes, np.diag([-2.0, 2.0]), np.array([100.0, 0.0]), 100, 100)
        np.testing.assert_allclose(mirrored, [[VEHICLE, 40, 40, 80, 80]])

    def test_what_is_hardly_seen_teaches_nothing_and_what_is_outside_is_gone(self):
        whole = np.array([[0, 0, 40, 40], [-38, 0, 2, 40], [200, 0, 240, 40]], np.float32)
        boxes = clipped(np.zeros(3), whole, (0, 0, 100, 100), 0.12)
        self.assertEqual([IGNORE if row[0] else VEHICLE for row in boxes], [VEHICLE, IGNORE])
        np.testing.assert_allclose(boxes[1, 1:], [0, 0, 2, 40])

    def test_padding_keeps_vehicles_first(self):
        many = np.array([[IGNORE, 0, 0, 9, 9]] * 60 + [[VEHICLE, 1, 1, 9, 9]], np.float32)
        self.assertEqual(padded([many], "cpu")[0, 0, 0], VEHICLE)


class Resampling(unittest.TestCase):
    def test_the_accelerators_way_gives_what_the_cpus_gives(self):
        y, x = np.mgrid[0:96, 0:128]
        waves = (128 + 60 * np.sin(x / 9) * np.cos(y / 7)).astype(np.uint8)
        pixels = torch.full((1, 3, 128, 128), 114, dtype=torch.uint8)
        pixels[0, :, :96] = torch.from_numpy(waves)
        row = Row("a", "train", "gate", "a", 128, 96, 0, 0, "human", "CC BY 4.0", "")
        sizes = np.array([[96, 128]], np.int16)
        pool = Pool(Dataset([row], pixels, sizes, [np.zeros((0, 5), np.float32)]), np.ones(1), [], "cpu")
        turned = np.array([[0.9, -0.2], [0.2, 0.9]])
        for level, scale in ((0, 1.0), (1, 0.5), (2, 0.25)):
            maps = [(turned * scale, np.array([20.0, 5.0]))] * 2
            same = ([0, 0], maps, np.array([level] * 2), np.array([[10.0, 90, 200]] * 2), np.array([False, True]), 64, 96)
            warped, sampled = pool._warped(*same), pool._sampled(np.array(same[0]), *same[1:])
            difference = (warped - sampled).abs()
            # They part only where a picture ends: one mixes its last pixels with the fill.
            self.assertLess(difference.median(), 1.0)
            self.assertLess((difference > 4).float().mean(), 0.06)


class Photometry(unittest.TestCase):
    def test_the_same_seed_gives_the_same_pictures_within_range(self):
        boxes = [np.array([[VEHICLE, 10, 10, 40, 30]], np.float32)] * 24
        source = torch.rand(24, 3, 64, 96, generator=torch.Generator().manual_seed(5))
        first, second = (
            photograph(source.clone(), boxes, np.random.default_rng(9), torch.Generator().manual_seed(9)) for _ in range(2)
        )
        self.assertTrue(torch.equal(first, second))
        self.assertFalse(torch.equal(first, source))
        self.assertTrue(0 <= first.min() and first.max() <= 1)

    def test_the_computed_blocks_are_those_of_a_real_encoder(self):
        y, x = torch.meshgrid(torch.arange(64.0), torch.arange(96.0), indexing="ij")
        # Grey: encoders halve the colours' resolution before they quantise them, which is not computed.
        waves = (0.5 + 0.4 * torch.sin(x / 7) * torch.cos(y / 5))[None, None].repeat(1, 3, 1, 1)
        encoded, computed = waves.clone(), waves.clone()
        blocks(encoded, np.array([0]), np.random.default_rng(2))
        rng = np.random.default_rng(2)
        quality = rng.uniform(8, 70, 1)
        _quantise(computed, np.array([0]), quality, int(rng.integers(8)), int(rng.integers(8)))
        changed = (encoded - waves).abs().mean()
        self.assertGreater(changed, 0.002)
        self.assertLess((encoded - computed).abs().mean(), 0.5 * changed)


if __name__ == "__main__":
    unittest.main()
