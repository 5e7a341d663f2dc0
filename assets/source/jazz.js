/* SPDX-License-Identifier: BSD-2-Clause */
/* The same glasshouse after sunset: a band plays, the pond is the equaliser.
 * `t` is the time in turns: t and t + 1 are the same picture. */
'use strict';

const NIGHT = '#120d2b', BRASS = '#ffcf6b', AMBER = '#ffb347';

/* Level of band i of the equaliser, periodic in t. */
function level(i, n, t) {
	const u = i / n, hump = 0.42 + 0.5 * Math.sin(Math.PI * u);
	const beat = Math.pow(0.5 + 0.5 * Math.cos(TAU * (4 * t - u * 0.35)), 2);
	const a = Math.sin(TAU * (t * 3 + u * 2.7)), b = Math.sin(TAU * (t * 2 - u * 4.1));
	return clamp(hump * (0.36 + 0.34 * beat + 0.18 * a + 0.16 * b), 0.07, 1);
}

function hat(c, x, y, tilt) {
	at(c, x, y, tilt, 1, () => {
		c.beginPath();
		c.ellipse(0, 0, 14, 2.8, 0, 0, TAU);
		c.moveTo(-9, 0);
		c.lineTo(-7.4, -8);
		c.quadraticCurveTo(-6, -11.5, -2, -10.6);
		c.quadraticCurveTo(0, -10, 2, -10.6);
		c.quadraticCurveTo(6, -11.5, 7.4, -8);
		c.lineTo(9, 0);
		c.fill();
	});
}

function limb(c, wide, ...p) {
	c.beginPath();
	c.moveTo(p[0], p[1]);
	if (p.length === 6)
		c.quadraticCurveTo(p[2], p[3], p[4], p[5]);
	else
		c.lineTo(p[2], p[3]);
	c.lineWidth = wide;
	c.lineCap = c.lineJoin = 'round';
	c.stroke();
}

/* A standing player without arms: feet at (0,0), head at about (0,-97). */
function player(c, lean) {
	c.fillStyle = c.strokeStyle = NIGHT;
	limb(c, 8.5, -7, -3, -8, -24, -5, -48);
	limb(c, 8.5, 8, -3, 9, -24, 5, -48);
	limb(c, 5, -7, -2.5, -13, -2.5);
	limb(c, 5, 8, -2.5, 14, -2.5);
	c.beginPath();
	c.moveTo(-9, -42);
	c.bezierCurveTo(-12, -60, -15 + lean, -82, -10 + lean, -86);
	c.quadraticCurveTo(lean, -91, 11 + lean, -86);
	c.bezierCurveTo(15 + lean, -80, 12, -60, 10, -42);
	c.closePath();
	c.fill();
	c.fillRect(lean - 3, -92, 6, 8);
}

function bass_fiddle(c, wood, dark) {
	const half = s => {
		c.bezierCurveTo(s * 8, -72, s * 16, -67, s * 15, -57);
		c.bezierCurveTo(s * 14, -49, s * 9, -47, s * 10, -41);
		c.bezierCurveTo(s * 11, -36, s * 21, -35, s * 21, -21);
		c.bezierCurveTo(s * 21, -8, s * 11, -5, 0, -5);
	};
	c.fillStyle = dark;
	c.fillRect(-0.8, -6, 1.6, 7);
	c.beginPath();
	c.moveTo(0, -72);
	half(1);
	c.moveTo(0, -72);
	half(-1);
	c.fillStyle = wood;
	c.fill();
	c.strokeStyle = dark;
	c.lineWidth = 1.2;
	c.stroke();
	for (const s of [-1, 1])
		limb(c, 1.3, s * 6, -44, s * 9, -36, s * 6, -29);
	c.fillStyle = dark;
	c.beginPath();
	c.moveTo(-2, -124);
	c.lineTo(2, -124);
	c.lineTo(3, -46);
	c.lineTo(-3, -46);
	c.fill();
	c.fillRect(-6, -33, 12, 1.8);
	c.beginPath();
	c.moveTo(-4, -10);
	c.lineTo(4, -10);
	c.lineTo(2, -28);
	c.lineTo(-2, -28);
	c.fill();
	disc(c, 0, -126, 3.6, dark);
	limb(c, 1.4, -5, -119, 5, -119);
	limb(c, 1.4, -5, -114, 5, -114);
}

/* The tube is a row of discs that grow from mouthpiece to bell, laid twice:
 * the darker, larger row first is its outline. */
function saxophone(c, brass, shade) {
	const tube = (grow, fill) => {
		for (let i = 0; i <= 120; i++) {
			const u = i / 120;
			let x, y, r = lerp(2.0, 4.8, Math.min(1, u * 1.5));
			if (u < 0.5) {
				x = lerp(8, 22, u * 2);
				y = lerp(-46, -9, u * 2);
			} else if (u < 0.72) {
				const a = Math.PI * (1 - (u - 0.5) / 0.22);
				x = 29.5 + 7.5 * Math.cos(a);
				y = -9 + 9 * Math.sin(a);
			} else {
				const v = (u - 0.72) / 0.28;
				x = lerp(37, 43, v * v);
				y = lerp(-9, -33, v);
				r = 4.8 + 5 * v * v;
			}
			disc(c, x, y, r + grow, fill);
		}
	};
	c.strokeStyle = shade;
	limb(c, 4.6, -4, -45, 2, -54, 9, -45);
	tube(1.1, shade);
	c.strokeStyle = brass;
	limb(c, 2.6, -3, -46, 2, -53, 9, -44);
	tube(0, brass);
	c.beginPath();
	c.ellipse(43.5, -39, 10, 4, 0.2, 0, TAU);
	c.fillStyle = shade;
	c.fill();
	for (let i = 0; i < 5; i++)
		disc(c, 11.5 + i * 2.5, -37 + i * 6.6, 1.7, shade);
}

function piano(c, body, inner) {
	c.fillStyle = inner;
	c.beginPath();
	c.moveTo(14, -52);
	c.bezierCurveTo(40, -92, 70, -104, 104, -96);
	c.lineTo(98, -52);
	c.fill();
	c.fillStyle = c.strokeStyle = body;
	limb(c, 1.6, 88, -52, 92, -96);
	c.beginPath();
	c.moveTo(14, -52);
	c.bezierCurveTo(40, -95, 70, -108, 106, -99);
	c.lineTo(105, -95);
	c.bezierCurveTo(72, -102, 44, -88, 17, -52);
	c.fill();
	c.beginPath();
	c.roundRect(2, -54, 102, 15, 3);
	c.roundRect(-7, -46, 20, 6, 2);
	c.fill();
	for (const x of [10, 52, 95]) {
		c.beginPath();
		c.moveTo(x - 4, -40);
		c.lineTo(x + 4, -40);
		c.lineTo(x + 1.6, 0);
		c.lineTo(x - 1.6, 0);
		c.fill();
	}
}

function pianist(c, nod) {
	piano(c, NIGHT, '#7a2946');
	c.fillStyle = c.strokeStyle = NIGHT;
	c.beginPath();
	c.roundRect(-46, -30, 26, 4, 2);
	c.fill();
	limb(c, 2.4, -40, -28, -42, 0);
	limb(c, 2.4, -26, -28, -24, 0);
	limb(c, 9, -33, -35, -14, -36, -12, -30);
	limb(c, 7, -12, -32, -9, -3);
	limb(c, 5, -9, -2.5, -2, -2.5);
	c.beginPath();
	c.moveTo(-42, -30);
	c.bezierCurveTo(-46, -52, -42, -72, -32, -76);
	c.bezierCurveTo(-22, -76, -22, -56, -24, -30);
	c.fill();
	limb(c, 6, -29, -69, -22, -50, -4, -51);
	disc(c, -25, -85 + nod, 8.6, NIGHT);
	hat(c, -25, -91 + nod, 0.12);
}

function singer(c, sway, dress) {
	c.fillStyle = dress;
	c.beginPath();
	c.moveTo(-8, -84);
	c.bezierCurveTo(-10, -66, -7, -60, -6, -56);
	c.bezierCurveTo(-14, -36, -14, -14, -24, 0);
	c.quadraticCurveTo(0, 5, 24, 0);
	c.bezierCurveTo(13, -14, 13, -38, 6, -56);
	c.bezierCurveTo(7, -60, 10, -68, 8, -84);
	c.quadraticCurveTo(0, -78, -8, -84);
	c.fill();
	c.fillStyle = c.strokeStyle = NIGHT;
	c.beginPath();
	c.moveTo(-9, -84);
	c.quadraticCurveTo(0, -92, 9, -84);
	c.quadraticCurveTo(0, -78, -9, -84);
	c.fill();
	c.fillRect(-2.4, -94, 4.8, 10);
	limb(c, 4, -8, -83, -19, -66, -26 + sway, -84);
	limb(c, 4, 8, -83, 17, -68, 13, -90);
	c.beginPath();
	c.ellipse(1, -99, 7, 8.6, 0.1, 0, TAU);
	c.fill();
	disc(c, -6, -106, 5.6, NIGHT);
	limb(c, 1.5, 17, 0, 15, -92);
	limb(c, 2, 10, 0, 24, 0);
	disc(c, 13.5, -94, 3.3, '#f6e7c8');
}

function sax_player(c, sway) {
	player(c, -3);
	disc(c, -3, -99, 8.6, NIGHT);
	hat(c, -4, -105, -0.2);
	at(c, 8, -48, sway, 1, () => saxophone(c, '#e8952f', '#5a1f2e'));
	c.strokeStyle = NIGHT;
	limb(c, 5.5, -10, -82, -6, -58, 19, -66);
	limb(c, 5.5, 9, -82, 15, -60, 27, -55);
}

function bass_player(c, sway) {
	at(c, 25, 0, 0.1, 1.04, () => bass_fiddle(c, '#c2553a', '#2a1020'));
	player(c, 2);
	disc(c, 4, -99, 8.6, NIGHT);
	hat(c, 4, -105, 0.1);
	limb(c, 5.5, 11, -82, 24, -82, 36, -104 + sway * 6);
	limb(c, 5.5, -8, -82, -2, -56, 26, -52 + sway * 10);
}

function band(c, t) {
	const s = k => Math.sin(TAU * (t * k));
	at(c, -118, 0, 0, 1, () => pianist(c, s(4) * 1.2));
	at(c, 22, 0, s(2) * 0.02, 1.02, () => singer(c, s(2) * 3, '#d8315b'));
	at(c, 74, 0, s(2) * 0.03, 1, () => sax_player(c, s(4) * 0.05));
	at(c, 138, 0, s(2) * -0.015, 1, () => bass_player(c, s(4)));
}

function palm(c, x, s, seed, colour) {
	const r = rng(seed);
	at(c, x, 0, (r() - 0.5) * 0.1, s, () => {
		c.strokeStyle = colour;
		limb(c, 4, 0, 0, 4, -50, 0, -96);
		for (let i = 0; i < 9; i++) {
			const a = lerp(-1.9, 1.9, i / 8) + (r() - 0.5) * 0.2;
			at(c, 0, -96, a, 1, () => {
				c.beginPath();
				c.moveTo(0, 0);
				c.quadraticCurveTo(-6, -40, 14 * Math.sign(a || 1), -66);
				c.quadraticCurveTo(8, -36, 0, 0);
				c.fillStyle = colour;
				c.fill();
			});
		}
	});
}

function night_inside(c) {
	c.fillStyle = vertical(c, -262, 0, [[0, '#d9594c'], [0.3, '#f58a45'],
	    [0.62, '#ffb84f'], [1, '#ffe08f']]);
	c.fillRect(-200, -300, 400, 300);
	glow(c, 0, -70, 220, '#fff3b8', 0.85);
	for (const [x, s, n] of [[-178, 0.95, 3], [-62, 1.5, 5], [58, 1.4, 9],
	    [178, 1.0, 8], [-128, 0.8, 2], [120, 0.85, 6]])
		palm(c, x, s, n, '#c2583f99');
}

function bulbs(c, t) {
	for (const [x0, x1, y, dip] of [[-250, -104, -150, 30], [-104, 104, -166, 34],
	    [104, 250, -150, 30]]) {
		c.beginPath();
		c.moveTo(x0, y);
		c.quadraticCurveTo((x0 + x1) / 2, y + dip * 2, x1, y);
		c.strokeStyle = '#1a1238';
		c.lineWidth = 1.4;
		c.stroke();
		const n = Math.round((x1 - x0) / 21);
		for (let i = 1; i < n; i++) {
			const u = i / n, x = lerp(x0, x1, u);
			const yy = y + 4 * dip * u * (1 - u) + 4;
			const on = 0.75 + 0.25 * Math.sin(TAU * (t * 2 + i * 0.37));
			glow(c, x, yy, 15, '#fff0b0', 0.75 * on);
			disc(c, x, yy, 2.7, '#fffbe6');
		}
	}
}

function stage(c, t) {
	c.fillStyle = '#ff9d4a';
	glow(c, 0, -90, 430, '#ff9a4f', 0.6);
	glasshouse(c, '#2a1440', () => night_inside(c));
	bulbs(c, t);
	c.fillStyle = '#1b1136';
	c.fillRect(-262, -3, 524, 5);
	at(c, 0, -3, 0, 1.0, () => band(c, t));
	for (const x of [-250, 250])
		c.fillRect(x - 1.6, -152, 3.2, 152);
	c.fillStyle = '#1b1136';
	c.beginPath();
	c.roundRect(-270, -4, 540, 11, 3);
	c.fill();
}

/* quiet: no stars behind the lettering, which reaches down to there */
function heaven(c, w, h, horizon, t, quiet) {
	const s = w / 1200, r = rng(20);
	c.fillStyle = vertical(c, 0, horizon, [[0, '#080b26'], [0.35, '#161547'],
	    [0.66, '#3b2169'], [0.86, '#87356f'], [1, '#e0655f']]);
	c.fillRect(0, 0, w, h);
	for (let i = 0; i < 190; i++) {
		const x = r() * w, y = Math.pow(r(), 1.4) * horizon * 0.9, k = r();
		if (y < quiet && Math.abs(x - w / 2) < w * 0.41)
			continue;
		const tw = 0.55 + 0.45 * Math.sin(TAU * (t * (1 + Math.floor(k * 3)) + r()));
		disc(c, x, y, (0.7 + k * k * 2) * s, alpha('#fff6dc', (0.25 + 0.65 * k) * tw));
	}
}

function moon(c, x, y, r) {
	glow(c, x, y, r * 3.6, '#ffe3b0', 0.5);
	disc(c, x, y, r, vertical(c, y - r, y + r, [[0, '#fff8e3'], [1, '#ffdca0']]));
	c.save();
	c.beginPath();
	c.arc(x, y, r, 0, TAU);
	c.clip();
	for (const [dx, dy, k] of [[-0.35, -0.25, 0.26], [0.2, 0.3, 0.34],
	    [0.42, -0.3, 0.16], [-0.3, 0.45, 0.14], [0.05, -0.55, 0.1]])
		disc(c, x + dx * r, y + dy * r, k * r, '#f2c98a55');
	c.restore();
}

function land(c, w, h, y, s) {
	const shades = ['#5b2a6b', '#34205c', '#1d1745'];
	for (let k = 0; k < 3; k++) {
		const f = ridge(c, w, y + 6, y - (70 - k * 27) * s, 30 * s, 3 + k * 5, shades[k]);
		const r = rng(44 + k);
		for (let i = 0; i < 13; i++) {
			const u = r();
			tree(c, u * w, f(u) + 3, s * lerp(0.7, 1.25, r()), r(), shades[k],
			    mix(shades[k], '#c0567a', 0.14));
		}
	}
}

/* The pond: the mirrored stage in wavering strips, equaliser on top. */
function pond(c, w, h, y, s, t, mirror) {
	c.fillStyle = vertical(c, y, h, [[0, '#45225f'], [0.25, '#231850'],
	    [1, '#090a24']]);
	c.fillRect(0, y, w, h - y);
	const strip = Math.max(2, Math.round(4 * s));
	for (let d = 0; d < h - y; d += strip) {
		const k = d / (h - y);
		const sx = Math.sin(d / (9 * s) + TAU * t * 2) * (2 + 16 * k) * s;
		c.globalAlpha = 0.62 * (1 - k) * (1 - k);
		c.drawImage(mirror, 0, Math.max(0, y - d * 1.15 - strip), w, strip,
		    sx, y + d, w, strip);
	}
	c.globalAlpha = 1;
	const n = 29, bw = w * 0.86 / n;
	for (let i = 0; i < n; i++) {
		const lv = level(i, n, t), rows = Math.round(lv * 13);
		for (let j = 0; j < rows; j++) {
			const yy = y + (22 + j * 17) * s;
			if (yy > h - 14 * s)
				break;
			c.fillStyle = alpha(mix(mix('#ffe7a0', '#ff8a50', j / 4), '#f0458c',
			    (j - 3) / 6), 0.95 - j * 0.05);
			c.beginPath();
			c.roundRect(w * 0.07 + i * bw + bw * 0.14, yy, bw * 0.72, 8 * s, 4 * s);
			c.fill();
		}
	}
}

function foliage(c, w, h, s, t) {
	const r = rng(77);
	for (const side of [-1, 1]) {
		for (let i = 0; i < 17; i++) {
			const u = r(), x = side < 0 ? u * 0.27 * w : w - u * 0.27 * w;
			const k = (1 - u) * (1 - u);
			const a = -side * lerp(0.05, 0.75, u) + (r() - 0.5) * 0.8;
			const rim = mix('#1d2a5c', '#3f7a86', r());
			at(c, x, h + 30 * s, a + Math.sin(TAU * (t + r())) * 0.015,
			    s * lerp(0.6, 1.15, r()), () => {
				if (i % 3 === 0)
					fern(c, 120 + 330 * k, 1, '#0a1030', rim);
				else
					leaf(c, 90 + 330 * k, 30 + 28 * r(), '#0a1030', alpha(rim, 0.75));
			});
		}
	}
}

function fireflies(c, w, h, y, s, t) {
	const r = rng(5);
	for (let i = 0; i < 34; i++) {
		const p = r() * TAU, x = r() * w + Math.sin(TAU * t + p) * 18 * s;
		const yy = lerp(y - 260 * s, h, r()) + Math.cos(TAU * t + p * 2) * 14 * s;
		const on = Math.pow(0.5 + 0.5 * Math.sin(TAU * t * 2 + p * 3), 2);
		glow(c, x, yy, 20 * s, '#ffe98f', 0.8 * on);
		disc(c, x, yy, 2.2 * s, alpha('#fffbe0', on));
	}
}

function jazz(c, w, h, o) {
	const y = h * o.shore, s = o.scale;
	heaven(c, w, h, y, o.t, h * (o.quiet || 0));
	moon(c, w * o.moon[0], h * o.moon[1], o.moon[2] * s);
	land(c, w, h, y, s);
	at(c, w * (o.x || 0.5), y - 4 * s, 0, s * 1.85, () => stage(c, o.t));
	const mirror = new OffscreenCanvas(w, h);
	mirror.getContext('2d').drawImage(c.canvas, 0, 0);
	pond(c, w, h, y, s, o.t, mirror);
	foliage(c, w, h, s * (o.leaves || 1), o.t);
	fireflies(c, w, h, y, s, o.t);
	if (o.grain)
		grain(c, w, h, o.grain, 9);
}
