/* SPDX-License-Identifier: BSD-2-Clause */
/* A spring morning: hills, glasshouse, flowers.  `t` runs from 0 (buds) to 1
 * (full bloom), `day` from first light to morning, `drift` moves the clouds. */
'use strict';

const GREEN = ['#c4d9c4', '#a4c6a6', '#7fae83', '#578f64', '#35704d', '#1d5139'];

function cloud(c, x, y, s, colour) {
	at(c, x, y, 0, s, () => {
		c.fillStyle = colour;
		c.beginPath();
		for (const [dx, dy, w, r] of [[0, 0, 190, 15], [28, -22, 110, 16],
		    [-36, 18, 150, 10], [84, 16, 104, 9]])
			c.roundRect(dx - w / 2, dy - r, w, 2 * r, r);
		c.fill();
	});
}

function ridge(c, w, h, y, amp, seed, fill) {
	const r = rng(seed), p = [r() * 6, r() * 6, r() * 6];
	const f = x => y + amp * (Math.sin(x * 3.1 + p[0]) * 0.6 +
	    Math.sin(x * 6.3 + p[1]) * 0.28 + Math.sin(x * 11 + p[2]) * 0.09);
	c.beginPath();
	c.moveTo(0, h);
	for (let i = 0; i <= 80; i++)
		c.lineTo(w * i / 80, f(i / 80));
	c.lineTo(w, h);
	c.closePath();
	c.fillStyle = fill;
	c.fill();
	return f;
}

function tree(c, x, y, s, kind, dark, lit) {
	at(c, x, y, 0, s, () => {
		c.fillStyle = dark;
		c.fillRect(-1.6, -14, 3.2, 16);
		if (kind < 0.4) {
			c.beginPath();
			c.ellipse(0, -34, 8, 28, 0, 0, TAU);
			c.fill();
			c.beginPath();
			c.ellipse(2.5, -36, 4.5, 22, 0, 0, TAU);
			c.fillStyle = lit;
			c.fill();
			return;
		}
		for (const [dx, dy, r] of [[-9, -22, 12], [9, -21, 13], [0, -32, 14]])
			disc(c, dx, dy, r, dark);
		for (const [dx, dy, r] of [[11, -24, 8], [4, -35, 9]])
			disc(c, dx, dy, r, lit);
	});
}

function furrows(c, w, h, f, y1, colour) {
	c.save();
	c.strokeStyle = colour;
	for (let i = -14; i <= 14; i++) {
		c.lineWidth = 1 + Math.abs(i) * 0.1;
		c.beginPath();
		c.moveTo(w * (0.5 + i * 0.03), f(clamp(0.5 + i * 0.03)));
		c.quadraticCurveTo(w * (0.5 + i * 0.06), lerp(y1, h, 0.2),
		    w * (0.5 + i * 0.13), h);
		c.stroke();
	}
	c.restore();
}

/* ---- flowers: root at (0,0), grown by g, petals open by o ---- */

function stem(c, len, bend, wide, colour) {
	c.beginPath();
	c.moveTo(0, 0);
	c.quadraticCurveTo(bend * 0.1, -len * 0.6, bend, -len);
	c.strokeStyle = colour;
	c.lineWidth = wide;
	c.lineCap = 'round';
	c.stroke();
}

function tulip(c, o, col) {
	const wide = lerp(13, 29, o), top = lerp(70, 78, o);
	const petal = (dx, w, hgt, fill, lean) => at(c, dx, 0, lean, 1, () => {
		c.beginPath();
		c.moveTo(0, 4);
		c.bezierCurveTo(-w * 1.25, -4, -w * 1.1, -hgt * 0.72, 0, -hgt);
		c.bezierCurveTo(w * 1.1, -hgt * 0.72, w * 1.25, -4, 0, 4);
		c.fillStyle = fill;
		c.fill();
	});
	petal(-wide * 0.34, wide * 0.62, top * 0.96, col[2], -0.20 * o);
	petal(wide * 0.34, wide * 0.62, top * 0.96, col[2], 0.20 * o);
	petal(0, wide * 0.62, top, col[3], 0);
	petal(-wide * 0.46, wide * 0.60, top * 0.84, col[1], -0.34 * o - 0.03);
	petal(wide * 0.46, wide * 0.60, top * 0.84, col[0], 0.34 * o + 0.03);
	petal(0, wide * 0.56, top * 0.7,
	    vertical(c, -top * 0.7, 4, [[0, col[0]], [1, col[1]]]), 0);
}

function daisy(c, o, petal, shade, n = 17) {
	const len = lerp(16, 52, o), wide = lerp(4, 9, o);
	for (const ring of [1, 0]) {
		for (let i = 0; i < n; i++) {
			at(c, 0, 0, (i + ring * 0.5) * TAU / n, 1, () => {
				c.scale(1, ring ? 1 : 0.86);
				leaf(c, len, wide, ring ? shade : petal);
			});
		}
	}
	const r = lerp(9, 15, o);
	const g = c.createRadialGradient(-4, -5, 1, 0, 0, r);
	g.addColorStop(0, '#ffe07a');
	g.addColorStop(0.65, '#f4b433');
	g.addColorStop(1, '#c97f16');
	disc(c, 0, 0, r, g);
	for (let i = 0; i < 34; i++) {
		const a = i * 2.39996, d = r * 0.88 * Math.sqrt(i / 34);
		disc(c, Math.cos(a) * d, Math.sin(a) * d, 1.1, '#a8620e80');
	}
}

function poppy(c, o, col) {
	const r = lerp(15, 34, o), open = lerp(0.35, 1, o);
	const petal = (a, d, s, fill) => at(c, 0, -8, a, s, () => {
		c.beginPath();
		c.moveTo(0, 4);
		c.bezierCurveTo(-r * 1.4, -d * 0.2, -r * 1.1, -d * 1.25, -r * 0.25, -d);
		c.quadraticCurveTo(0, -d * 0.9, r * 0.25, -d * 1.04);
		c.bezierCurveTo(r * 1.15, -d * 1.2, r * 1.4, -d * 0.2, 0, 4);
		c.fillStyle = fill;
		c.fill();
	});
	c.save();
	c.scale(1, 0.9);
	petal(0, r * 1.4, 1, col[1]);
	petal(Math.PI, r * 1.1 * open, 1, col[1]);
	petal(1.5 * open, r * 1.25, 0.98, col[0]);
	petal(-1.5 * open, r * 1.25, 0.98, col[0]);
	petal(Math.PI, r * 0.85 * open, 0.9, alpha(col[2], 0.35));
	for (let i = 0; i < 26; i++) {
		const a = i * TAU / 26, d = r * lerp(0.36, 0.5, i % 3 / 2) * o;
		disc(c, Math.cos(a) * d, -8 + Math.sin(a) * d, 1.7, col[3]);
	}
	disc(c, 0, -8, r * 0.27 * o, col[3]);
	disc(c, -1, -9.5, r * 0.16 * o, '#7c8a5a');
	c.restore();
}

function lavender(c, g, colour, lit) {
	for (let i = 0; i < 11; i++) {
		const y = -i * 9 * g, s = (1 - i / 14) * g;
		for (const side of [-1, 1]) {
			c.beginPath();
			c.ellipse(side * 6 * s, y, 6.5 * s, 4.6 * s, side * 0.5, 0, TAU);
			c.fillStyle = side > 0 ? lit : colour;
			c.fill();
		}
	}
}

function fern(c, len, g, colour, lit) {
	stem(c, len * g, len * 0.22 * g, 3, colour);
	for (let i = 2; i < 17; i++) {
		const p = i / 17, y = -len * g * p;
		const x = len * g * (0.02 * p + 0.2 * p * p);
		const s = len * 0.30 * (1 - p) * g + 3;
		for (const side of [-1, 1])
			at(c, x, y, side * 1.12 + p * 0.3, 1, () =>
			    leaf(c, s, s * 0.17, side > 0 ? lit : colour));
	}
}

const CORAL = ['#ff9a7d', '#f2745c', '#c9463f', '#dc5a4a'];
const ROSE = ['#ffc4c9', '#f59aa9', '#c9627f', '#e27c93'];
const SUN = ['#ffdf85', '#f9bf4a', '#d48a22', '#eba835'];
const PLUM = ['#b79ae0', '#8b6cc0', '#583f92', '#7355ab'];
const RED = ['#ff7a55', '#e8492f', '#a92a20', '#3a1218'];

function flower(c, kind, len, bend, g, o, dark, lit) {
	if (g <= 0.02)
		return;
	if (kind === 'fern') {
		fern(c, len, g, dark, lit);
		return;
	}
	stem(c, len * g, bend * g, kind === 'lavender' ? 3 : 5, dark);
	const big = kind[0] === 't' ? 0.56 : 0.34;
	for (const side of [-1, 1])
		at(c, bend * 0.1 * g, -len * 0.12 * g, side * lerp(0.16, 0.42, g), 1,
		    () => leaf(c, len * big * g, len * 0.055 * g + 3, dark, lit));
	at(c, bend * g, -len * g, bend * g / len * 0.9, lerp(0.5, 1, g), () => {
		switch (kind) {
		case 'tulip-coral': tulip(c, o, CORAL); break;
		case 'tulip-rose': tulip(c, o, ROSE); break;
		case 'tulip-sun': tulip(c, o, SUN); break;
		case 'tulip-plum': tulip(c, o, PLUM); break;
		case 'poppy': poppy(c, o, RED); break;
		case 'lavender': lavender(c, g, '#7d6bc0', '#a796e0'); break;
		case 'daisy': daisy(c, o, '#ffffff', '#dfe7ea'); break;
		}
	});
}

/* One row of the flower bed.  Heights are fractions of the picture's short
 * side; the middle is kept low, so that the bed frames what lies behind. */
function bed(c, w, h, row, t, sway) {
	const r = rng(row.seed), kinds = row.kinds;
	for (let i = 0; i < row.n; i++) {
		const u = (i + 0.5 + (r() - 0.5) * 0.7) / row.n;
		const edge = Math.pow(Math.abs(u - 0.5) * 2, 1.5);
		const s = Math.min(w, h * 1.15) / 1000 * row.scale * lerp(0.86, 1.12, r());
		const len = lerp(row.low, row.high, edge) * lerp(0.8, 1.15, r());
		const kind = kinds[Math.floor(r() * kinds.length)];
		const late = r() * 0.32, bend = (r() - 0.5) * 60, ph = r() * 6;
		const g = out_back(clamp((t - late) / 0.5));
		const o = spread(t, late + 0.3, late + 0.66);
		at(c, u * w, h + 12, Math.sin(sway + ph) * 0.025, s, () =>
		    flower(c, kind, len, bend, g, o, row.dark, row.lit));
	}
}

const ROWS = [
	{ seed: 11, n: 26, scale: 0.62, low: 120, high: 300, dark: '#3f7d57',
	  lit: '#5f9c6c', kinds: ['lavender', 'fern', 'daisy', 'lavender'] },
	{ seed: 37, n: 17, scale: 0.88, low: 120, high: 360, dark: '#2a6547',
	  lit: '#468759', kinds: ['tulip-rose', 'tulip-sun', 'daisy', 'fern',
	      'tulip-coral', 'tulip-plum'] },
	{ seed: 58, n: 12, scale: 1.2, low: 60, high: 330, dark: '#174a35',
	  lit: '#2f7150', kinds: ['tulip-coral', 'poppy', 'daisy', 'fern',
	      'tulip-rose', 'poppy', 'tulip-sun'] },
];

function butterfly(c, x, y, s, flap, colour, dark) {
	at(c, x, y, -0.35, s, () => {
		for (const side of [-1, 1]) {
			c.save();
			c.scale(side * lerp(0.35, 1, flap), 1);
			c.beginPath();
			c.moveTo(0, 0);
			c.bezierCurveTo(10, -34, 44, -34, 36, -8);
			c.bezierCurveTo(32, 4, 14, 4, 0, 2);
			c.fillStyle = colour;
			c.fill();
			c.beginPath();
			c.moveTo(0, 2);
			c.bezierCurveTo(16, 2, 34, 10, 24, 24);
			c.bezierCurveTo(16, 34, 4, 20, 0, 4);
			c.fillStyle = dark;
			c.fill();
			c.restore();
		}
		c.fillStyle = '#3a2a2a';
		c.beginPath();
		c.ellipse(0, 2, 2.4, 13, 0, 0, TAU);
		c.fill();
	});
}

function sky(c, w, h, horizon, day, drift, sun_x) {
	c.fillStyle = vertical(c, 0, horizon, [
		[0, mix('#7f9fb5', '#9fd0cf', day)],
		[0.45, mix('#d9b7a8', '#d8ead9', day)],
		[0.78, mix('#f3b58a', '#fdebc9', day)],
		[1, mix('#f08f6a', '#ffd9a8', day)]]);
	c.fillRect(0, 0, w, h);
	const s = Math.min(w, h * 1.4) / 1000, sy = lerp(horizon * 1.04, horizon * 0.8, day);
	glow(c, w * sun_x, sy, 620 * s, '#fff3c4', 0.9);
	disc(c, w * sun_x, sy, 92 * s, vertical(c, sy - 92 * s, sy + 92 * s,
	    [[0, '#fffdf0'], [1, '#ffe3a0']]));
	const cl = mix('#ffd9c4', '#ffffff', day);
	for (const [x, y, k, a] of [[0.10, 0.10, 1.1, 0.75], [0.82, 0.13, 1.35, 0.7],
	    [0.04, 0.72, 0.8, 0.5], [0.93, 0.62, 0.9, 0.6], [0.72, 0.8, 0.6, 0.5]])
		cloud(c, ((x + drift * k * 0.06) % 1.2) * w, y * horizon, k * s,
		    alpha(cl, a));
}

function hills(c, w, h, horizon, day) {
	const s = Math.min(w, h * 1.4) / 1000;
	const tint = k => mix(mix(GREEN[k], '#c58a78', 0.32), GREEN[k], day);
	const step = (h - horizon) * 0.19;
	for (let k = 0; k < 5; k++) {
		const y = horizon + step * (k - 0.5) * (1 + k * 0.06);
		const top = mix(tint(k), '#fff0c0', 0.32);
		const f = ridge(c, w, h, y, 46 * s * (1 + k * 0.1), 5 + k * 7,
		    vertical(c, y - 40 * s, y + step * 1.7, [[0, top], [1, tint(k)]]));
		if (k === 2)
			furrows(c, w, h, f, y, alpha('#fff6cc', 0.22));
		const r = rng(91 + k);
		for (let i = 0; i < 15 - k * 2 && k < 4; i++) {
			const u = r();
			if (k === 3 && u > 0.42 && u < 0.92)
				continue;
			tree(c, u * w, f(u) + 3 * s, s * lerp(0.5, 0.95, k / 3) * lerp(0.75, 1.2, r()),
			    r(), tint(k + 1), mix(tint(k + 1), '#fff0b0', 0.25));
		}
		if (k === 3)
			at(c, w * 0.68, f(0.68) + 16 * s, 0, s * 0.78, () =>
			    glasshouse(c, '#f6fbf4', () => house_inside(c, day)));
	}
}

function house_inside(c, day) {
	c.fillStyle = vertical(c, -262, 0, [[0, mix('#e8c9a8', '#d8efe6', day)],
	    [0.6, '#a9d3bd'], [1, '#5f9d78']]);
	c.fillRect(-200, -300, 400, 300);
	const r = rng(4);
	for (let i = 0; i < 26; i++)
		at(c, lerp(-190, 190, i / 25), 0, (r() - 0.5) * 0.5, 1, () =>
		    leaf(c, lerp(50, 150, r()), lerp(10, 20, r()),
		        alpha(mix('#3d8059', '#2a6547', r()), 0.75),
		        alpha('#8cc29a', 0.6)));
	for (let i = 0; i < 9; i++)
		disc(c, lerp(-180, 180, r()), lerp(-90, -20, r()), 6,
		    ['#ffb199', '#ffe08a', '#ffffff'][i % 3]);
	/* a reflection of the sky across the panes */
	c.fillStyle = '#ffffff38';
	c.beginPath();
	c.moveTo(-150, 0);
	c.lineTo(-40, -270);
	c.lineTo(20, -270);
	c.lineTo(-90, 0);
	c.fill();
}

function birds(c, w, y, s, drift) {
	c.strokeStyle = '#4d6b66';
	c.lineWidth = 3.2 * s;
	c.lineCap = 'round';
	for (const [x, dy, k] of [[0.44, 0, 1], [0.485, 22, 0.75], [0.405, 30, 0.7]]) {
		const f = Math.sin(drift * 9 + x * 70) * 5;
		at(c, (x + drift * 0.05) * w, y + dy * s, 0, s * k, () => {
			c.beginPath();
			c.moveTo(-22, -8 + f);
			c.quadraticCurveTo(-8, -14, 0, 0);
			c.quadraticCurveTo(8, -14, 22, -8 + f);
			c.stroke();
		});
	}
}

/* The whole picture. */
function spring(c, w, h, o) {
	const s = Math.min(w, h * 1.4) / 1000;
	const horizon = h * (o.horizon || 0.5);
	sky(c, w, h, horizon, o.day, o.drift, o.sun || 0.3);
	birds(c, w, horizon * (o.bird || 0.5), s, o.drift);
	hills(c, w, h, horizon, o.day);
	for (const row of ROWS)
		bed(c, w, h, row, o.t, o.drift * 7);
	if (o.t > 0.7) {
		const f = Math.abs(Math.sin(o.drift * 14 + 1));
		butterfly(c, w * 0.79 - o.drift * 60 * s, h * 0.62 + Math.sin(o.drift * 6) * 20 * s,
		    s * 1.0, f, '#ffb84d', '#f0862e');
		butterfly(c, w * 0.17 + o.drift * 40 * s, h * 0.57, s * 0.7, 1 - f * 0.6,
		    '#cfe3ff', '#8fb4ea');
	}
	c.save();
	c.globalCompositeOperation = 'soft-light';
	glow(c, w * (o.sun || 0.3), horizon * 0.8, w * 0.8, '#ffe2a0', 0.5);
	c.restore();
	grain(c, w, h, o.grain === undefined ? 0.16 : o.grain, 7);
}
