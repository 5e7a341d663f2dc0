/* SPDX-License-Identifier: BSD-2-Clause */
/* Drawing helpers shared by the scenes.  Everything is a function of its
 * arguments: the same frame is the same picture on every run. */
'use strict';

const TAU = Math.PI * 2;

/* Small seeded generator (mulberry32): Math.random() would make every build
 * of the media differ. */
function rng(seed) {
	return () => {
		seed = (seed + 0x6d2b79f5) | 0;
		let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}

const lerp = (a, b, t) => a + (b - a) * t;
const clamp = (x, a = 0, b = 1) => Math.min(b, Math.max(a, x));
const ease = t => { t = clamp(t); return t * t * (3 - 2 * t); };
const spread = (t, a, b) => ease((t - a) / (b - a));

function out_back(t) {
	t = clamp(t) - 1;
	return 1 + t * t * (2.2 * t + 1.2);
}

function mix(c1, c2, t) {
	const p = c => [1, 3, 5].map(i => parseInt(c.substr(i, 2), 16));
	const a = p(c1), b = p(c2);
	return '#' + a.map((v, i) => Math.round(lerp(v, b[i], clamp(t)))
		.toString(16).padStart(2, '0')).join('');
}

function alpha(c, a) {
	return c + Math.round(clamp(a) * 255).toString(16).padStart(2, '0');
}

function vertical(c, y0, y1, stops) {
	const g = c.createLinearGradient(0, y0, 0, y1);
	for (const [at, colour] of stops)
		g.addColorStop(at, colour);
	return g;
}

function glow(c, x, y, r, colour, strength = 1) {
	const g = c.createRadialGradient(x, y, 0, x, y, r);
	g.addColorStop(0, alpha(colour, strength));
	g.addColorStop(0.35, alpha(colour, strength * 0.42));
	g.addColorStop(0.7, alpha(colour, strength * 0.1));
	g.addColorStop(1, alpha(colour, 0));
	c.fillStyle = g;
	c.fillRect(x - r, y - r, 2 * r, 2 * r);
}

function disc(c, x, y, r, fill) {
	c.beginPath();
	c.arc(x, y, r, 0, TAU);
	c.fillStyle = fill;
	c.fill();
}

function text(c, s, x, y, font, fill, spacing = 0, align = 'center') {
	c.font = font;
	c.letterSpacing = spacing + 'px';
	c.textAlign = align;
	c.fillStyle = fill;
	/* letterSpacing also follows the last letter: centre without it */
	c.fillText(s, align === 'center' ? x + spacing / 2 : x, y);
	c.letterSpacing = '0px';
}

/* A leaf from (0,0) upwards, with the lit half and a midrib. */
function leaf(c, len, wide, colour, lit) {
	c.beginPath();
	c.moveTo(0, 0);
	c.bezierCurveTo(-wide, -len * 0.3, -wide * 0.7, -len * 0.75, 0, -len);
	c.bezierCurveTo(wide * 0.7, -len * 0.75, wide, -len * 0.3, 0, 0);
	c.fillStyle = colour;
	c.fill();
	if (!lit)
		return;
	c.beginPath();
	c.moveTo(0, 0);
	c.bezierCurveTo(wide, -len * 0.3, wide * 0.7, -len * 0.75, 0, -len);
	c.quadraticCurveTo(wide * 0.12, -len * 0.4, 0, 0);
	c.fillStyle = lit;
	c.fill();
}

function at(c, x, y, angle, scale, draw) {
	c.save();
	c.translate(x, y);
	c.rotate(angle);
	c.scale(scale, scale);
	draw();
	c.restore();
}

/* Film grain, so that large gradients neither band nor look like vectors. */
function grain(c, w, h, amount, seed) {
	const n = 192, tile = new OffscreenCanvas(n, n), t = tile.getContext('2d');
	const img = t.createImageData(n, n), r = rng(seed);
	for (let i = 0; i < img.data.length; i += 4) {
		const v = r() * 255;
		img.data[i] = img.data[i + 1] = img.data[i + 2] = v;
		img.data[i + 3] = 255;
	}
	t.putImageData(img, 0, 0);
	c.save();
	c.globalCompositeOperation = 'soft-light';
	c.globalAlpha = amount;
	c.fillStyle = c.createPattern(tile, 'repeat');
	c.fillRect(0, 0, w, h);
	c.restore();
}

/* The glasshouse of both campaigns: base line centre at (0,0), 400 wide,
 * about 300 high.  `pane` paints the inside (clipped), `bar` is the ironwork. */
function glasshouse(c, bar, inside) {
	const shape = () => {
		c.beginPath();
		c.moveTo(-200, 0);
		c.lineTo(-200, -96);
		c.bezierCurveTo(-196, -136, -150, -150, -104, -158);
		c.lineTo(-104, -166);
		c.bezierCurveTo(-98, -236, -44, -258, 0, -262);
		c.bezierCurveTo(44, -258, 98, -236, 104, -166);
		c.lineTo(104, -158);
		c.bezierCurveTo(150, -150, 196, -136, 200, -96);
		c.lineTo(200, 0);
		c.closePath();
	};
	c.save();
	shape();
	c.clip();
	inside();
	c.strokeStyle = bar;
	c.lineCap = 'butt';
	/* ribs fan out from the ridge in the dome, stand upright below */
	c.lineWidth = 2.2;
	for (let i = -6; i <= 6; i++) {
		c.beginPath();
		c.moveTo(i * 2.6, -264);
		c.bezierCurveTo(i * 11, -246, i * 17, -212, i * 17.3, -162);
		c.stroke();
	}
	for (let i = -11; i <= 11; i++) {
		c.beginPath();
		c.moveTo(i * 18.2, 0);
		c.lineTo(i * 18.2, -104);
		c.quadraticCurveTo(i * 18, -140, i * 15, -162);
		c.stroke();
	}
	for (const y of [-50, -104]) {
		c.lineWidth = y === -104 ? 5 : 2.2;
		c.beginPath();
		c.moveTo(-200, y);
		c.lineTo(200, y);
		c.stroke();
	}
	c.lineWidth = 2.2;
	for (const [x, y] of [[92, -206], [68, -234]]) {
		c.beginPath();
		c.moveTo(-x, y);
		c.quadraticCurveTo(0, y - 10, x, y);
		c.stroke();
	}
	c.fillStyle = bar;
	c.fillRect(-108, -168, 216, 10);
	c.fillRect(-200, -14, 400, 14);
	c.restore();
	shape();
	c.strokeStyle = bar;
	c.lineWidth = 6;
	c.stroke();
	/* ridge cresting and finial */
	c.fillStyle = bar;
	c.fillRect(-22, -270, 44, 8);
	c.fillRect(-1.5, -300, 3, 32);
	disc(c, 0, -300, 5, bar);
	/* portal */
	c.lineWidth = 4;
	c.beginPath();
	c.moveTo(-30, 0);
	c.lineTo(-30, -72);
	c.quadraticCurveTo(-30, -100, 0, -104);
	c.quadraticCurveTo(30, -100, 30, -72);
	c.lineTo(30, 0);
	c.moveTo(0, 0);
	c.lineTo(0, -104);
	c.stroke();
}

/* Rasterises `draw(ctx, i)` for every frame and leaves the frames in the
 * document as one data: URL a line, where --dump-dom finds them. */
async function emit(w, h, frames, type, quality, draw) {
	const canvas = document.createElement('canvas');
	canvas.width = w;
	canvas.height = h;
	const c = canvas.getContext('2d', { willReadFrequently: true });
	const lines = [];
	await document.fonts.ready;
	for (let i = 0; i < frames; i++) {
		c.reset();
		draw(c, i);
		lines.push(canvas.toDataURL(type, quality));
	}
	const pre = document.createElement('pre');
	pre.textContent = lines.join('\n');
	document.body.replaceChildren(pre);
}
