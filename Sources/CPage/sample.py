#!/usr/bin/env python3
"""Renders sample.jpg: somebody walks a dog over a zebra crossing; a car and a bus wait.

    python3 sample.py [--output FOLDER] [--width 640] [--supersampling 2]

Writes sample.jpg and objects.json (the class and box, in pixels, of each object as the picture shows it) into FOLDER.
Needs numpy and Pillow. The same picture every time, in under a minute on one core.

Things are signed distance fields, each marched inside its bounding box only (sphere tracing, Hart 1996); ground, houses
and sky are closed formulas. Units are metres. In the scene x is right, y up, z into the picture; in a thing's own frame
x is to its front, y up, z to its left, and the origin is on the ground.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter


def color(*rgb):
    return np.array(rgb, np.float32)


EYE, PITCH, FOCAL = color(0, 1.55, 0), 0.075, 1.0  # radians downwards; focal length in picture widths
SUN = color(-0.638, 0.599, -0.483)
SUNLIGHT, SKYLIGHT, BOUNCE = color(3.6, 3.15, 2.55), color(0.335, 0.415, 0.56), color(0.26, 0.24, 0.21)
HAZE, VISIBILITY = color(0.78, 0.84, 0.92), 600
LATTICE = np.random.default_rng(7).random((256, 256), dtype=np.float32)


# Small mathematics


def mix(a, b, t):
    return a + (b - a) * t


def step(low, high, x):
    """0 at low, 1 at high, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def unit(v):
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def near(x, center, reach):
    return np.abs(x - center) < reach


def oval(x, y, center, radii):
    return ((x - center[0]) / radii[0]) ** 2 + ((y - center[1]) / radii[1]) ** 2 < 1


def noise(x, y):
    """Value noise from 0 to 1, with one feature per unit."""
    i, j = np.floor(x).astype(int), np.floor(y).astype(int)
    u, v = step(0, 1, x - i), step(0, 1, y - j)
    i0, i1, j0, j1 = i & 255, (i + 1) & 255, j & 255, (j + 1) & 255
    return mix(mix(LATTICE[i0, j0], LATTICE[i1, j0], u), mix(LATTICE[i0, j1], LATTICE[i1, j1], u), v)


def clouds(x, y, octaves=4):
    return sum(noise(x * 2**o + 17 * o, y * 2**o) / 2 ** (o + 1) for o in range(octaves))


# Distance fields


def join(a, b, k):
    """Union whose seam is rounded over k metres."""
    h = np.maximum(k - np.abs(a - b), 0) / k
    return np.minimum(a, b) - h * h * (k / 4)


def meet(a, b, k):
    return -join(-a, -b, k)


def box(x, y, z, center, half, radius):
    q = [np.abs(v - c) - (h - radius) for v, c, h in zip((x, y, z), center, half)]
    outside = np.sqrt(sum(np.maximum(v, 0) ** 2 for v in q))
    return outside + np.minimum(np.maximum(np.maximum(q[0], q[1]), q[2]), 0) - radius


def ball(x, y, z, center, half):
    """An ellipsoid, to first order."""
    u = [(v - c) / h for v, c, h in zip((x, y, z), center, half)]
    k = np.sqrt(sum(v * v for v in u))
    return k * (k - 1) / np.maximum(np.sqrt(sum((v / h) ** 2 for v, h in zip(u, half))), 1e-6)


def limb(x, y, z, a, b, ra, rb):
    """A capsule from a to b whose radius goes from ra to rb."""
    d = np.subtract(b, a)
    px, py, pz = x - a[0], y - a[1], z - a[2]
    t = np.clip((px * d[0] + py * d[1] + pz * d[2]) / (d @ d), 0, 1)
    return np.sqrt((px - t * d[0]) ** 2 + (py - t * d[1]) ** 2 + (pz - t * d[2]) ** 2) - mix(ra, rb, t)


def disc(x, y, z, center, radius, half):
    """A cylinder along z with its edges rounded by 3 cm."""
    q, w = np.hypot(x - center[0], y - center[1]) - radius + 0.03, np.abs(z - center[2]) - half + 0.03
    return np.hypot(np.maximum(q, 0), np.maximum(w, 0)) + np.minimum(np.maximum(q, w), 0) - 0.03


class Curve:
    """A smoothed line y(x) through points; called, the signed distance above it to first order."""

    def __init__(self, points, smoothing):
        xs, ys = np.array(points).T
        self.x = np.arange(xs[0] - 0.5, xs[-1] + 0.5, 0.01)
        window = np.hanning(2 * int(smoothing / 0.01) + 3)[1:-1]
        padded = np.interp(np.arange(-100, len(self.x) + 100) * 0.01 + self.x[0], xs, ys)
        self.y = np.convolve(padded, window / window.sum(), "same")[100:-100]
        self.slope = np.gradient(self.y, 0.01)

    def __call__(self, x, y):
        return (y - np.interp(x, self.x, self.y)) / np.sqrt(1 + np.interp(x, self.x, self.slope) ** 2)


# Materials: albedo, what is mirrored at normal incidence, sharpness of the sun's highlight, light of its own


class Surface:
    """The materials of n points."""

    def __init__(self, n, *material):
        self.albedo, self.mirror, self.gloss, self.glow = np.zeros((n, 3)), np.zeros(n), np.zeros(n), np.zeros((n, 3))
        self.put(slice(None), *material)

    def put(self, where, albedo, mirror=0.0, gloss=20.0, glow=0.0):
        self.albedo[where] = albedo if np.ndim(albedo) < 2 else albedo[where]
        self.mirror[where], self.gloss[where], self.glow[where] = mirror, gloss, glow

    def take(self, where, other):
        for name, value in vars(other).items():
            getattr(self, name)[where] = value


GLASS = color(0.015, 0.02, 0.022), 0.14, 400
RUBBER = color(0.018, 0.018, 0.019), 0.012, 12
ALLOY = color(0.20, 0.205, 0.215), 0.10, 60
CHROME = color(0.6, 0.6, 0.62), 0.4, 100
PLASTIC = color(0.018, 0.018, 0.019), 0.03, 30
LAMP = color(0.42, 0.44, 0.46), 0.25, 200
DARK = color(0.012, 0.012, 0.012), 0.0
PLATE = color(0.81, 0.81, 0.79), 0.03


def behind_glass(*rgb):
    return color(*rgb), GLASS[1], GLASS[2]


class Vehicle:
    """Wheels on two axles, under arches: what a car and a bus share."""

    def wheeled(self, body, x, y, a):
        for axle in self.axles:
            arch = np.hypot(x - axle, y - self.radius) - 1.2 * self.radius
            body = np.maximum(body, -np.maximum(arch, self.track - 2 * self.tread - a))
            body = np.minimum(body, disc(x, y, a, (axle, self.radius, self.track), self.radius, self.tread))
        return body

    def paint_wheels(self, s, x, y, a):
        for axle in self.axles:
            r, angle = np.hypot(x - axle, y - self.radius) / self.radius, np.arctan2(y - self.radius, x - axle)
            outer = a > self.track + self.tread - 0.16
            s.put((r < 1.19) & (a < self.track + self.tread - 0.01), *DARK)
            s.put((r < 1.05) & outer, *RUBBER)
            s.put((r < 0.68) & outer, *ALLOY)
            s.put(near(r, 0.4, 0.2) & outer & (np.cos(self.spokes * angle) < 0.15), *PLASTIC)


class Car(Vehicle):
    """A hatchback, 4.1 m long: a hull under the line of bonnet and belt, a cabin under the line of the roof."""

    low, high = (-2.15, 0.0, -1.08), (2.15, 1.52, 1.08)
    axles, radius, track, tread, spokes = (1.27, -1.25), 0.315, 0.76, 0.11, 5
    belt = Curve([(-2.2, 0.86), (-1.9, 0.93), (-1, 0.95), (0.95, 0.93), (1.6, 0.82), (1.95, 0.7), (2.2, 0.52)], 0.12)
    roof = Curve([(-2.3, 0.5), (-2.02, 0.88), (-1.62, 1.34), (-1.2, 1.44), (-0.5, 1.475), (0.05, 1.44), (0.4, 1.28),
                  (1.12, 0.86), (1.6, 0.6)], 0.16)  # fmt: skip

    def __init__(self, coat):
        self.coat = coat

    def cabin(self, x, y, a):
        walls = 0.94 * (a - 0.80 + 0.36 * np.maximum(y - 0.9, 0))
        return np.maximum(meet(self.roof(x, y), walls, 0.14), 0.86 - y)

    def distance(self, x, y, z):
        a = np.abs(z)
        flanks = a - 0.875 + 0.028 * (x / 1.4) ** 4 + 0.10 * (y - 0.62) ** 2
        ends = np.abs(x) + 0.16 * z * z + 0.25 * (y - 0.48) ** 2 - 2.06
        hull = meet(meet(self.belt(x, y), 0.93 * flanks, 0.10), 0.93 * ends, 0.16)
        hull = join(meet(hull, 0.21 - y, 0.08), self.cabin(x, y, a), 0.05)
        return np.minimum(self.wheeled(hull, x, y, a), box(x, y, a, (0.72, 1.0, 0.95), (0.06, 0.07, 0.09), 0.05))

    def paint(self, p, n):
        x, y, z = p.T
        a = np.abs(z)
        s = Surface(len(p), self.coat, 0.05, 250)
        # Windows, and what shows through the windscreen
        cabin = (y > 0.95) & (self.cabin(x, y, a) < 0.02)
        side = cabin & (np.abs(n[:, 2]) > 0.6) & (self.roof(x, y) < -0.075) & (y > 0.965)
        s.put(side, *GLASS)
        s.put(side & (near(x, -0.25, 0.035) | near(x, -1.16, 0.03)), *PLASTIC)
        screen = cabin & (n[:, 0] > 0.35) & (a < 0.74 - 0.36 * (y - 0.9)) & (y < 1.40)
        s.put(screen, *GLASS)
        s.put(screen & (y < 0.985), *PLASTIC)
        s.put(screen & oval(a, y, (0.36, 1.20), (0.13, 0.10)), *behind_glass(0.035, 0.034, 0.033))
        s.put(screen & (a < 0.40) & near(y, 1.26, 0.055), *behind_glass(0.055, 0.06, 0.063))
        s.put(screen & (a < 0.10) & near(y, 1.335, 0.025), *PLASTIC)
        # Front: grilles, badge, lamps, plate
        front = x > 1.62
        s.put(front & ((y < 0.30) | (a < 0.52) & near(y, 0.39, 0.075) | (a < 0.36) & near(y, 0.615, 0.032)), *PLASTIC)
        s.put(front & (a < 0.36) & near(y, 0.615, 0.006), *ALLOY)
        s.put(front & (a < 0.055) & near(y, 0.635, 0.05), *CHROME)
        lamp = front & oval(a, y - 0.14 * (a - 0.6), (0.635, 0.63), (0.185, 0.078))
        s.put(lamp, *LAMP)
        s.put(lamp & oval(a, y, (0.63, 0.635), (0.055, 0.055)), color(0.25, 0.26, 0.28), 0.3, 200)
        s.put(front & oval(a, y, (0.64, 0.36), (0.05, 0.05)), *LAMP)
        plate = front & (a < 0.26) & near(y, 0.475, 0.055)
        s.put(plate, *PLATE)
        s.put(plate & (a < 0.2) & near(y, 0.475, 0.033) & (np.sin(z * 62) > -0.1), *DARK)
        # Flanks: doors, handles, sill
        flank = (a > 0.7) & (y < 0.93)
        gaps = near(x, 0.86, 0.008) | near(x, -0.25, 0.008) | near(x + 0.25 * (y - 0.6), -1.12, 0.008)
        s.put(flank & gaps & (y > 0.33), *PLASTIC)
        s.put(flank & near(y, 0.815, 0.016) & (near(x, -0.1, 0.09) | near(x, -1.0, 0.09)), self.coat * 0.45, 0.05, 100)
        s.put((a > 0.6) & (y < 0.29) & (np.abs(x) < 1.7), *PLASTIC)
        self.paint_wheels(s, x, y, a)
        return s


class Bus(Vehicle):
    """A double-decker, 9.6 m long."""

    low, high = (-4.85, 0.0, -1.45), (5.15, 4.40, 1.45)
    axles, radius, track, tread, spokes = (2.5, -2.5), 0.48, 1.06, 0.15, 8

    def __init__(self, coat, trim):
        self.coat, self.trim = coat, trim

    def distance(self, x, y, z):
        a = np.abs(z)
        lean = np.where(x > 0, 0.03 * np.maximum(y - 1.1, 0) ** 2, 0)  # of the front
        d = self.wheeled(box(x + lean, y, z, (0, 2.32, 0), (4.8, 2.02, 1.25), 0.22), x, y, a)
        arm = limb(x, y, a, (4.70, 2.52, 1.12), (4.98, 2.35, 1.27), 0.03, 0.03)
        mirror = box(x, y, a, (4.98, 2.08, 1.32), (0.06, 0.22, 0.10), 0.05)
        return np.minimum(d, np.minimum(arm, mirror))

    def paint(self, p, n):
        x, y, z = p.T
        a = np.abs(z)
        s = Surface(len(p), self.coat, 0.04, 150)
        s.put(near(y, 2.60, 0.05) | near(y, 1.02, 0.02), self.trim, 0.04, 150)
        s.put(y < 0.42, *PLASTIC)
        # Flanks: on both decks a pane every 1.45 m; through it the seats, and the windows of the other side above them
        along = (x + 4.9) % 1.45
        for middle, front in ((1.75, 3.6), (3.30, 4.5)):
            pane = (np.abs(n[:, 2]) > 0.6) & near(x, (front - 4.45) / 2, (front + 4.45) / 2) & near(along, 0.725, 0.68)
            v = y - middle
            s.put(pane & near(v, 0, 0.46), *PLASTIC)
            pane &= near(v, 0, 0.43)
            s.put(pane, *GLASS)
            s.put(pane & (v > -0.12) & near((along + 0.35) % 1.45, 0.725, 0.60), *behind_glass(0.085, 0.095, 0.10))
            s.put(pane & (v < -0.18) & near(x % 0.8, 0.4, 0.24), *behind_glass(0.045, 0.035, 0.075))
            s.put(pane & near(v, 0.22, 0.01), *PLASTIC)
        # Front: windscreens, steering wheel and wipers, line display, lamps, plate
        front = (n[:, 0] > 0.55) & (x > 4.2)
        s.put(front & near(y, 1.98, 0.80) & (a < 1.17), *PLASTIC)
        screen = front & near(y, 1.72, 0.50) & (a < 1.12)
        s.put(screen | front & near(y, 3.30, 0.44) & (a < 1.12), *GLASS)
        s.put(front & near(y, 3.30, 0.44) & (a < 0.03), *PLASTIC)
        s.put(screen & near(np.hypot((z - 0.62) / 0.26, (y - 1.34) / 0.15), 1, 0.10), *PLASTIC)
        s.put(screen & (y < 1.75) & near(a - 1.2 * (y - 1.2), 0.15, 0.02), *PLASTIC)
        s.put(front & near(y, 2.47, 0.18) & (a < 0.95), *DARK)
        lit = front & letters("12 CENTRAL", (z + 0.82) / 1.64, (y - 2.36) / 0.22)
        s.put(lit, color(0.3, 0.2, 0.02), glow=color(1.5, 0.75, 0.08))
        s.put(front & near(y, 0.74, 0.10) & near(a, 0.90, 0.24), *PLASTIC)
        for lamp in (0.79, 1.0):
            s.put(front & oval(a, y, (lamp, 0.74), (0.085, 0.085)), *LAMP)
        s.put(front & near(y, 0.50, 0.06) & (a < 0.26), *PLATE)
        s.put((y > 1.7) & (y < 2.6) & ((x > 4.9) | (a > 1.27)), *PLASTIC)
        self.paint_wheels(s, x, y, a)
        return s


GLYPHS = {  # 3 by 5 dots, rows from the top
    "1": "010110010010111", "2": "111001111100111", "C": "111100100100111", "E": "111100110100111", " ": "0" * 15,
    "N": "101111111111101", "T": "111010010010010", "R": "110101110101101", "A": "010101111101101",
    "L": "100100100100111",
}  # fmt: skip


def letters(text, u, v):
    """Where (u, v), in text lengths and heights from the lower left, is on a dot of the text."""
    rows = ["".join(GLYPHS[g][3 * r : 3 * r + 3] + "0" for g in text) for r in range(5)]
    dots = np.array([[dot == "1" for dot in row] for row in rows])
    i, j = np.floor((1 - v) * 5).astype(int), np.floor(u * 4 * len(text)).astype(int)
    inside = (i >= 0) & (i < 5) & (j >= 0) & (j < 4 * len(text))
    return inside & dots[np.clip(i, 0, 4), np.clip(j, 0, 4 * len(text) - 1)]


class Figure:
    """A body of parts: the distance to each, its albedo, and over how many metres it grows into those before it."""

    def distance(self, x, y, z):
        d = np.float32(9)
        for part, _, k in self.parts(x, y, z):
            d = join(d, part, k)
        return d - self.relief(x, y, z)

    def paint(self, p, n):
        parts = self.parts(*p.T)
        nearest = np.argmin([part for part, _, _ in parts], axis=0)
        albedo = np.array([albedo for _, albedo, _ in parts])[nearest]
        return Surface(len(p), albedo * self.grain(*p.T)[:, None], 0.0, 12)


class Pedestrian(Figure):
    """Somebody 1.75 m tall in mid-stride, with a rucksack."""

    low, high = (-0.62, 0.0, -0.42), (0.62, 1.80, 0.42)

    def __init__(self, jacket, trousers):
        self.jacket, self.trousers = jacket, trousers

    def relief(self, x, y, z):  # clothes: thick, and in folds
        return (0.018 + 0.05 * (clouds(x * 7 + z * 5, y * 11 - z * 6, 3) - 0.5)) * step(1.49, 1.46, y)

    def grain(self, x, y, z):
        return 0.82 + 0.36 * noise(x * 30 + z * 21, y * 26)

    def parts(self, x, y, z):
        skin, hair, shoe = color(0.52, 0.31, 0.22), color(0.05, 0.03, 0.02), color(0.5, 0.5, 0.5)
        pack = color(0.05, 0.055, 0.06)
        j, t, a = self.jacket, self.trousers, np.abs(z)
        return [
            (limb(x, y, z, (0.0, 0.92, 0.085), (0.17, 0.50, 0.10), 0.095, 0.066), t, 0.03),
            (limb(x, y, z, (0.17, 0.50, 0.10), (0.30, 0.10, 0.10), 0.066, 0.05), t, 0.03),
            (limb(x, y, z, (0.0, 0.92, -0.085), (-0.03, 0.49, -0.10), 0.095, 0.066), t, 0.03),
            (limb(x, y, z, (-0.03, 0.49, -0.10), (-0.33, 0.17, -0.10), 0.066, 0.05), t, 0.03),
            (limb(x, y, z, (0.30, 0.055, 0.10), (0.45, 0.055, 0.11), 0.052, 0.042), shoe, 0.02),
            (limb(x, y, z, (-0.36, 0.11, -0.10), (-0.25, 0.04, -0.11), 0.052, 0.04), shoe, 0.02),
            (ball(x, y, z, (0.0, 0.95, 0.0), (0.125, 0.13, 0.165)), t, 0.05),
            (ball(x, y, z, (0.01, 1.20, 0.0), (0.125, 0.30, 0.19)), j, 0.06),
            (limb(x, y, z, (0.0, 1.40, -0.12), (0.0, 1.40, 0.12), 0.085, 0.085), j, 0.08),
            (limb(x, y, z, (0.0, 1.40, 0.19), (-0.13, 1.14, 0.25), 0.068, 0.055), j, 0.04),
            (limb(x, y, z, (-0.13, 1.14, 0.25), (0.0, 0.92, 0.25), 0.055, 0.045), j, 0.03),
            (ball(x, y, z, (0.03, 0.86, 0.25), (0.04, 0.05, 0.025)), skin, 0.02),
            (limb(x, y, z, (0.0, 1.40, -0.19), (0.13, 1.14, -0.25), 0.068, 0.055), j, 0.04),
            (limb(x, y, z, (0.13, 1.14, -0.25), (0.34, 1.02, -0.23), 0.055, 0.042), j, 0.03),
            (ball(x, y, z, (0.39, 1.0, -0.23), (0.05, 0.035, 0.025)), skin, 0.02),
            (limb(x, y, z, (0.0, 1.44, 0.0), (0.03, 1.56, 0.0), 0.055, 0.05), skin, 0.03),
            (ball(x, y, z, (0.05, 1.635, 0.0), (0.102, 0.124, 0.082)), skin, 0.02),
            (limb(x, y, z, (0.13, 1.625, 0.0), (0.15, 1.61, 0.0), 0.018, 0.014), skin, 0.02),
            (ball(x, y, z, (0.020, 1.682, 0.0), (0.120, 0.106, 0.100)), hair, 0.01),
            (ball(x, y, a, (0.035, 1.625, 0.086), (0.022, 0.034, 0.012)), skin, 0.01),
            (ball(x, y, a, (0.128, 1.652, 0.033), (0.012, 0.009, 0.016)), hair, 0.005),
            (limb(x, y, a, (0.135, 1.675, 0.018), (0.118, 1.678, 0.05), 0.007, 0.006), hair, 0.005),
            (box(x, y, z, (-0.19, 1.22, 0.0), (0.10, 0.24, 0.15), 0.07), pack, 0.02),
        ]


class Dog(Figure):
    """A dog, 0.65 m at the shoulder."""

    low, high = (-0.75, 0.0, -0.22), (0.80, 0.98, 0.22)

    def relief(self, x, y, z):  # fur
        return 0.012 * (clouds(x * 34 + 9 * z, y * 17 + z * 30, 2) - 0.5)

    def grain(self, x, y, z):
        return 0.60 + 0.7 * noise(x * 75 + 9 * z, y * 30 + z * 40)

    def parts(self, x, y, z):
        tan, pale, brown = color(0.36, 0.19, 0.075), color(0.55, 0.38, 0.22), color(0.17, 0.085, 0.035)
        dark, red, a = color(0.03, 0.022, 0.018), color(0.5, 0.03, 0.02), np.abs(z)
        return [
            (limb(x, y, z, (-0.28, 0.53, 0), (0.20, 0.52, 0), 0.120, 0.155), tan, 0.05),
            (limb(x, y, z, (0.20, 0.52, 0), (0.29, 0.53, 0), 0.150, 0.13), tan, 0.08),
            (limb(x, y, z, (-0.30, 0.50, 0.07), (-0.30, 0.27, 0.09), 0.115, 0.05), tan, 0.10),
            (limb(x, y, z, (-0.30, 0.27, 0.09), (-0.36, 0.04, 0.09), 0.045, 0.038), tan, 0.04),
            (limb(x, y, z, (-0.32, 0.50, -0.07), (-0.40, 0.28, -0.09), 0.115, 0.05), tan, 0.10),
            (limb(x, y, z, (-0.40, 0.28, -0.09), (-0.50, 0.06, -0.09), 0.045, 0.038), tan, 0.04),
            (limb(x, y, z, (0.25, 0.46, 0.08), (0.20, 0.24, 0.09), 0.085, 0.046), tan, 0.09),
            (limb(x, y, z, (0.20, 0.24, 0.09), (0.14, 0.05, 0.09), 0.042, 0.038), tan, 0.04),
            (limb(x, y, z, (0.26, 0.46, -0.08), (0.33, 0.24, -0.09), 0.085, 0.046), tan, 0.09),
            (limb(x, y, z, (0.33, 0.24, -0.09), (0.36, 0.04, -0.09), 0.042, 0.038), tan, 0.04),
            (ball(x, y, z, (0.17, 0.035, 0.09), (0.065, 0.035, 0.045)), pale, 0.03),
            (ball(x, y, z, (0.39, 0.03, -0.09), (0.065, 0.03, 0.045)), pale, 0.03),
            (ball(x, y, z, (-0.33, 0.03, 0.09), (0.065, 0.03, 0.045)), pale, 0.03),
            (ball(x, y, z, (-0.47, 0.045, -0.09), (0.06, 0.035, 0.045)), pale, 0.03),
            (limb(x, y, z, (-0.38, 0.58, 0), (-0.53, 0.68, 0), 0.05, 0.042), tan, 0.04),
            (limb(x, y, z, (-0.53, 0.68, 0), (-0.60, 0.84, 0), 0.042, 0.025), pale, 0.04),
            (limb(x, y, z, (0.27, 0.60, 0), (0.43, 0.79, 0), 0.125, 0.090), tan, 0.08),
            (ball(x, y, z, (0.48, 0.835, 0), (0.118, 0.105, 0.100)), tan, 0.05),
            (limb(x, y, z, (0.55, 0.805, 0), (0.66, 0.785, 0), 0.064, 0.052), pale, 0.04),
            (ball(x, y, z, (0.71, 0.81, 0), (0.026, 0.022, 0.028)), dark, 0.005),
            (ball(x, y, a, (0.57, 0.865, 0.058), (0.02, 0.018, 0.02)), dark, 0.005),
            (ball(x, y, a, (0.425, 0.83, 0.106), (0.052, 0.095, 0.024)), brown, 0.015),
            (limb(x, y, z, (0.345, 0.71, 0), (0.375, 0.68, 0), 0.104, 0.104), red, 0.005),
        ]


class Leash:
    """A slack line between two points of the scene, in the frame of the scene."""

    def __init__(self, start, end):
        t = np.linspace(0, 1, 7)[:, None]
        self.points = mix(start, end, t) - color(0, 0.88, 0) * t * (1 - t)
        self.low, self.high = self.points.min(0) - 0.02, self.points.max(0) + 0.02

    def distance(self, x, y, z):
        return np.min([limb(x, y, z, a, b, 0.008, 0.008) for a, b in zip(self.points, self.points[1:])], axis=0)

    def paint(self, p, n):
        return Surface(len(p), color(0.25, 0.02, 0.02))


class Tree:
    """A tree, 7 m tall: balls of leaves on a trunk."""

    low, high = (-2.6, 0.0, -2.6), (2.6, 7.6, 2.6)

    def __init__(self, seed):
        r = np.random.default_rng(seed)
        self.crown = [(r.normal(0, 0.8, 3) * (1, 0.9, 1) + (0, 4.9, 0), r.uniform(0.85, 1.3)) for _ in range(9)]

    def distance(self, x, y, z):
        d = np.float32(9)
        for (cx, cy, cz), radius in self.crown:
            d = join(d, np.sqrt((x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2) - radius, 0.3)
        boughs = noise(x * 3.1 + z * 2.3, y * 3.3 - z * 1.9) - 0.5
        twigs = noise(x * 9 - z * 7, y * 9 + z * 8) - 0.5
        # The relief is steep: shorter steps keep the march from passing through it.
        return np.minimum(0.6 * (d - 0.55 * boughs - 0.40 * twigs), limb(x, y, z, (0, 0, 0), (0.1, 4.5, 0), 0.16, 0.10))

    def paint(self, p, n):
        x, y, z = p.T
        leaf = noise(x * 22 + z * 13, y * 22 - z * 15)[:, None] ** 1.5
        s = Surface(len(p), mix(color(0.018, 0.040, 0.008), color(0.10, 0.15, 0.035), leaf))
        s.put((y < 3.6) & (np.hypot(x, z) < 0.3), color(0.11, 0.085, 0.06))
        return s


class Thing:
    """A model at a place (x, z) of the ground; it faces the camera at yaw 0, the picture's right at yaw pi / 2."""

    def __init__(self, model, place, yaw, label=None):
        self.model, self.label, self.place = model, label, color(place[0], 0, place[1])
        c, s = np.cos(yaw), np.sin(yaw)
        self.frame = np.array([[s, 0, -c], [0, 1, 0], [c, 0, s]], np.float32)  # rows: the model's axes in the scene

    def local(self, p):
        return (p - self.place) @ self.frame.T

    def scene(self, p):
        return p @ self.frame + self.place

    def march(self, origin, direction, limit, softness=None):
        """Distance to the first hit of each ray, inf for none; with a softness, how much of the light comes through."""
        o, d = self.local(origin), direction @ self.frame.T
        t, leave = span(o, d, self.model.low, self.model.high)
        t, leave = np.maximum(t, 0.02), np.minimum(leave, limit)
        result = np.full(len(d), np.inf if softness is None else 1.0, np.float32)
        live = np.flatnonzero(t < leave)
        t, leave, o, d = t[live], leave[live], o[live], d[live]
        for _ in range(110):
            gap = self.model.distance(*(o + d * t[:, None]).T)
            if softness is None:
                done = gap < 0.0006 * t + 0.0004
                result[live[done]] = t[done]
                t = t + 0.85 * gap
            else:  # the ray is a cone as wide as the sun: what of it the nearest pass leaves free
                result[live] = np.minimum(result[live], np.clip(0.5 + 0.5 * softness * gap / t, 0, 1))
                done = result[live] < 0.01
                t = t + np.clip(np.abs(gap), 0.03, 0.6)
            keep = ~done & (t < leave)
            live, t, leave, o, d = live[keep], t[keep], leave[keep], o[keep], d[keep]
            if not len(live):
                break
        return result

    def normal(self, p):
        corners = 0.004 * color((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1))
        return unit(sum(c * self.model.distance(*(p + c).T)[:, None] for c in corners))

    def openness(self, p, normal):
        """Ambient occlusion: 1 where nothing of this thing is near along the normal."""
        result = np.ones(len(p), np.float32)
        for reach in (0.08, 0.25, 0.6, 1.2):
            at = self.local(p + reach * normal)
            close = ((at > np.subtract(self.model.low, reach)) & (at < np.add(self.model.high, reach))).all(-1)
            gap = self.model.distance(*at[close].T)
            result[close] *= 1 - 0.30 * np.clip(1 - gap / reach, 0, 1.4)
        return result


def span(origin, direction, low, high):
    """Where rays enter and leave the box from low to high."""
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (color(*low) - origin) / direction, (color(*high) - origin) / direction
    return np.fmin(a, b).max(-1), np.fmax(a, b).min(-1)


# Sky, ground and houses


def sky(d):
    up = np.clip(d[:, 1:2], 0, 1)
    blue = mix(color(0.78, 0.86, 0.96), color(0.22, 0.42, 0.80), np.sqrt(up))
    plane = 1.6 / (up[:, 0] + 0.12)
    cover = step(0.46, 0.72, clouds(d[:, 0] * plane + 3.3, d[:, 2] * plane, 5))[:, None]
    return 1.25 * mix(blue, color(1.02, 1.02, 1.03), 0.85 * cover * step(0, 0.15, up))


KERBS = -5.6, 6.4


def ground(p):
    x, z = p[:, 0], p[:, 2]
    fade = 1 / (1 + z * 0.10)  # of detail finer than a far pixel
    speck, wear = (noise(x * 60, z * 60) - 0.5) * fade, clouds(x * 0.8, z * 0.25) - 0.5
    tar = (0.085 + 0.035 * speck + 0.05 * wear)[:, None] * color(1, 0.99, 0.97)
    s = Surface(len(p), tar, 0.02, 8)
    paint = (0.62 + 0.2 * wear + 0.15 * speck)[:, None] * color(1, 1, 0.97)
    worn = mix(paint, tar, step(0.30, 0.12, clouds(x * 7, z * 7))[:, None])
    road = (x > KERBS[0] + 0.4) & (x < KERBS[1] - 0.4)
    s.put(road & near(z, 4.7, 1.35) & ((x + 0.15) % 1.0 < 0.5), worn, 0.02, 8)  # zebra
    s.put(road & near(z, 6.8, 0.15), paint, 0.02, 8)
    s.put(near(x, -0.25, 0.06) & (z > 8) & (z % 4 < 2), paint, 0.02, 8)
    slab = noise(np.floor(x * 1.6) * 7.3, np.floor(z * 1.6) * 3.7)
    joint = (np.minimum(x * 1.6 % 1, z * 1.6 % 1) < 0.03) * fade
    stone = (0.30 + 0.08 * slab + 0.06 * speck - 0.12 * joint)[:, None] * color(1, 0.97, 0.92)
    s.put((x < KERBS[0]) | (x > KERBS[1]), stone)
    s.put(near(x, KERBS[0], 0.10) | near(x, KERBS[1], 0.10), color(0.42, 0.41, 0.39))
    return s


HOUSES = [  # low and high corner, colour
    ((-22, 0, 2), (-9.5, 10.5, 17), (0.50, 0.36, 0.25)), ((-22, 0, 17), (-9.5, 13.5, 29), (0.62, 0.56, 0.46)),
    ((-22, 0, 29), (-9.5, 11, 45), (0.42, 0.22, 0.16)), ((-22, 0, 45), (-9.5, 14.5, 90), (0.56, 0.50, 0.42)),
    ((10, 0, 2), (24, 12, 21), (0.60, 0.54, 0.45)), ((10, 0, 21), (24, 9.5, 36), (0.45, 0.26, 0.19)),
    ((10, 0, 36), (24, 13, 52), (0.55, 0.49, 0.40)), ((10, 0, 52), (24, 11, 95), (0.50, 0.38, 0.30)),
    ((-40, 0, 120), (40, 13, 130), (0.55, 0.50, 0.45)),
]  # fmt: skip


def house(p, n, k):
    wall = color(*HOUSES[k][2])
    u, v = np.where(np.abs(n[:, 0]) > 0.5, p[:, 2], p[:, 0]) + 0.7 * k, p[:, 1]
    s = Surface(len(p), wall * (0.85 + 0.3 * clouds(u * 0.9, v * 1.3))[:, None])
    a, b = u % 2.6 - 1.3, (v - 0.5) % 3.2 - 1.6  # from the middle of the window
    s.put((np.abs(a) < 0.68) & (np.abs(b) < 0.98) & (v > 3.7), wall * 0.45 + 0.4)
    window = (np.abs(a) < 0.55) & (np.abs(b) < 0.85) & (v > 3.7)
    s.put(window, *GLASS)
    s.put(window & (b > 0.55), color(0.04, 0.04, 0.045))  # in the lintel's shadow
    blind = noise(np.floor(u / 2.6) * 5.1, np.floor(v / 3.2) * 3.3 + k) > 0.62
    s.put(window & blind & (b > -0.3), color(0.55, 0.52, 0.46))
    s.put(window & (near(a, 0, 0.03) | near(b, 0.2, 0.03)), color(0.6, 0.6, 0.58))
    shop = near(v, 1.8, 1.3) & near(u % 5.2, 2.6, 2.1)
    s.put(shop, mix(wall, color(0.10, 0.16, 0.22), 0.7))
    s.put(shop & (v < 2.6), *GLASS)
    s.put(near(v, 3.35, 0.10) | (v > HOUSES[k][1][1] - 0.35), wall * 0.5 + 0.33)
    return s


def surroundings(p, d):
    """What is mirrored at p along d: sky above house fronts, as if the street had no end, above asphalt."""
    wall = np.where(d[:, 0] < 0, -9.5, 10.0)
    reach = np.clip((wall - p[:, 0]) / np.where(np.abs(d[:, 0]) < 1e-3, 1e-3, d[:, 0]), 0, 200)
    u, v = p[:, 2] + reach * d[:, 2], p[:, 1] + reach * d[:, 1]
    tone = noise(np.floor(u / 13), 0 * u + 5)
    front = mix(color(0.38, 0.24, 0.17), color(0.60, 0.52, 0.42), tone[:, None])
    window = near(u % 2.6, 1.3, 0.6) & near((v - 0.5) % 3.2, 1.6, 0.9)
    front = front * np.where(window, 0.25, 1.0)[:, None] * np.where(d[:, :1] < 0, 0.35, 1.0)  # the left is in shadow
    front = mix(front, HAZE, 1 - np.exp(-reach / 90)[:, None])
    view = np.where((v < 10 + 4 * tone)[:, None], front, sky(d))
    return mix(view, color(0.17, 0.17, 0.175), step(0.02, -0.02, d[:, 1:2]))


# The scene


WALKER = Thing(Pedestrian(color(0.55, 0.09, 0.05), color(0.035, 0.06, 0.13)), (-0.42, 4.5), 1.2, "person")
DOG = Thing(Dog(), (0.80, 4.1), 1.2, "dog")
THINGS = [
    Thing(Bus(color(0.50, 0.025, 0.02), color(0.75, 0.73, 0.68)), (3.1, 15.5), 0.08, "bus"),
    Thing(Car(color(0.03, 0.10, 0.33)), (-2.78, 9.3), -0.10, "car"),
    WALKER,
    DOG,
    Thing(Leash(WALKER.scene(color(0.42, 1.0, -0.23)), DOG.scene(color(0.33, 0.80, 0))), (0, 0), np.pi / 2),
    Thing(Tree(1), (-7.2, 21), 0.4),
    Thing(Tree(2), (-7.4, 33), 2.0),
    Thing(Tree(4), (-7.0, 48), 4.0),
    Thing(Tree(3), (8.2, 30), 1.0),
    Thing(Tree(5), (8.0, 44), 3.0),
]
GROUND, HOUSE, SKY = 100, 200, 999


def see(origin, direction):
    """What each ray meets first, and where: an index into THINGS, GROUND, HOUSE + an index into HOUSES, or SKY."""
    t = np.where(direction[:, 1] < 0, -origin[:, 1] / np.minimum(direction[:, 1], -1e-6), np.inf).astype(np.float32)
    what = np.where(np.isfinite(t), GROUND, SKY)
    for k, (low, high, _) in enumerate(HOUSES):
        enter, leave = span(origin, direction, low, high)
        hit = (enter < leave) & (enter > 0) & (enter < t)
        t[hit], what[hit] = enter[hit], HOUSE + k
    for k, thing in enumerate(THINGS):
        reach = thing.march(origin, direction, t)
        hit = reach < t
        t[hit], what[hit] = reach[hit], k
    return t, what


def surface(p, what):
    """Materials and normals of what was met at p."""
    s, normal = Surface(len(p), 0.0), np.zeros_like(p)
    for k in np.unique(what):
        where = np.flatnonzero(what == k)
        q = p[where]
        if k == GROUND:
            n, material = color(0, 1, 0), ground(q)
        elif k >= HOUSE:
            low, high, _ = HOUSES[k - HOUSE]
            faces = np.abs(np.hstack([q - color(*low), q - color(*high)])).argmin(-1)
            n = np.vstack([-np.eye(3), np.eye(3)])[faces]
            material = house(q, n, k - HOUSE)
        else:
            q = THINGS[k].local(q)
            n = THINGS[k].normal(q)
            material, n = THINGS[k].model.paint(q, n), n @ THINGS[k].frame
        normal[where] = n
        s.take(where, material)
    return s, normal


def render(direction):
    """Linear light along rays from the eye, and what they meet."""
    t, what = see(np.broadcast_to(EYE, direction.shape), direction)
    light = sky(direction)
    solid = what != SKY
    d, t = direction[solid], t[solid, None]
    p = EYE + d * t
    s, n = surface(p, what[solid])
    p = p + 0.01 * n  # off the surface, so that it does not shade itself

    sun, free = np.clip(n @ SUN, 0, 1), np.ones(len(p), np.float32)
    lit = np.flatnonzero(sun > 0)
    for thing in THINGS:
        sun[lit] *= thing.march(p[lit], np.broadcast_to(SUN, (len(lit), 3)), 40.0, softness=14)
        free *= thing.openness(p, n)
    sun, free, mirror, gloss = sun[:, None], free[:, None], s.mirror[:, None], s.gloss[:, None]

    diffuse = s.albedo * (SUNLIGHT * sun + mix(BOUNCE, SKYLIGHT, 0.5 + 0.5 * n[:, 1:2]) * free)
    facing = np.clip(-(d * n).sum(-1, keepdims=True), 0, 1)
    reflected = d + 2 * facing * n
    # Schlick's approximation, for what is polished
    fresnel = mirror + np.where(mirror > 0.025, (0.75 - mirror) * (1 - facing) ** 5, 0)
    spark = np.clip(reflected @ SUN, 0, 1)[:, None] ** gloss * sun * np.minimum(gloss / 10, 14)
    shine = fresnel * (surroundings(p, reflected) * (0.25 + 0.75 * free) + SUNLIGHT * spark)
    light[solid] = mix(diffuse * (1 - fresnel) + shine + s.glow, HAZE, 1 - np.exp(-t / VISIBILITY))
    return light, what


def develop(light):
    """Exposure, vignette, filmic curve (Narkowicz 2015), sRGB and grain, as bytes."""
    h, w, _ = light.shape
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
    c = 0.63 * light * (1 - 0.07 * (x * x + y * y))[..., None]
    c = np.clip(c * (2.51 * c + 0.03) / (c * (2.43 * c + 0.59) + 0.14), 0, 1)
    c = np.where(c < 0.0031308, 12.92 * c, 1.055 * c ** (1 / 2.4) - 0.055)
    c += np.random.default_rng(11).normal(0, 0.003, (h, w, 1))
    return (np.clip(c, 0, 1) * 255 + 0.5).astype(np.uint8)


def objects(what, factor):
    found = []
    for k, thing in enumerate(THINGS):
        if thing.label:
            y, x = np.nonzero(what == k)
            edges = x.min(), y.min(), x.max() + 1, y.max() + 1
            box = dict(zip(("xmin", "ymin", "xmax", "ymax"), (int(e) / factor for e in edges)))
            found.append({"class": thing.label, "box": box})
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, default=Path("."), help="folder for sample.jpg and objects.json")
    parser.add_argument("--width", type=int, default=640, help="of the picture, in pixels; its height is 3/4 of that")
    parser.add_argument("--supersampling", type=int, default=2, help="rays per pixel in each direction")
    arguments = parser.parse_args()
    width, height, factor = arguments.width, arguments.width * 3 // 4, arguments.supersampling
    c, s = np.cos(PITCH), np.sin(PITCH)
    x = (np.arange(width * factor) + 0.5) / (width * factor) - 0.5
    light, what = [], []
    for top in range(0, height, 32):  # in bands, to bound the memory
        rows = min(32, height - top)
        y = (height / 2 - top - (np.arange(rows * factor) + 0.5) / factor) / width
        u, v = (g.ravel() for g in np.meshgrid(x / FOCAL, y / FOCAL))
        direction = unit(np.stack([u, c * v - s, s * v + c], -1)).astype(np.float32)
        band, met = render(direction)
        # A pixel is the mean of its rays; glints are cut so that one of them does not fill it.
        light.append(np.minimum(band, 4).reshape(rows, factor, width, factor, 3).mean((1, 3)))
        what.append(met.reshape(rows * factor, -1))
    arguments.output.mkdir(parents=True, exist_ok=True)
    # A lens and a sensor are less sharp than the mean of rays is, and detectors were trained on what they give.
    picture = Image.fromarray(develop(np.vstack(light))).filter(ImageFilter.GaussianBlur(width / 800))
    picture.save(arguments.output / "sample.jpg", quality=70, optimize=True, progressive=True)
    facts = {"image": {"width": width, "height": height}, "objects": objects(np.vstack(what), factor)}
    (arguments.output / "objects.json").write_text(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    main()
