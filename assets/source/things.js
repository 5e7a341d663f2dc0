/* SPDX-License-Identifier: BSD-2-Clause */
/* The small pictures: what the shop sells, who plays, the animations. */
'use strict';

function soft_shadow(c, x, y, rx, ry, colour) {
	c.save();
	c.filter = 'blur(10px)';
	c.beginPath();
	c.ellipse(x, y, rx, ry, 0, 0, TAU);
	c.fillStyle = colour;
	c.fill();
	c.restore();
}

/* 376 x 376: a packet of seeds */
function seeds(c) {
	c.fillStyle = vertical(c, 0, 376, [[0, '#fbd9c4'], [1, '#f6bfa6']]);
	c.fillRect(0, 0, 376, 376);
	disc(c, 188, 176, 138, '#ffffff40');
	soft_shadow(c, 196, 326, 108, 12, '#8a3f2a66');
	at(c, 150, 190, -0.14, 0.94, () => packet(c, '#2d6a4c', '#e9f0dc', RED, 'poppy'));
	at(c, 226, 196, 0.12, 1, () => packet(c, '#f4ead2', '#2d6a4c', CORAL, 'tulip'));
	const r = rng(3);
	for (let i = 0; i < 13; i++)
		at(c, 66 + r() * 250, 322 + r() * 26, r() * 6, 1, () => {
			c.beginPath();
			c.ellipse(0, 0, 5.5, 3.4, 0, 0, TAU);
			c.fillStyle = i % 2 ? '#6b3b26' : '#8f5738';
			c.fill();
		});
	grain(c, 376, 376, 0.14, 1);
}

function packet(c, paper, ink, col, kind) {
	c.fillStyle = '#5a2a1a2e';
	c.fillRect(-66, -114, 142, 236);
	c.fillStyle = paper;
	c.fillRect(-70, -120, 140, 236);
	c.fillStyle = '#0000001a';
	c.fillRect(-70, -120, 140, 24);
	c.fillStyle = '#ffffff30';
	c.fillRect(-70, -96, 140, 2);
	disc(c, 0, 4, 54, alpha(ink, 0.16));
	at(c, 0, 56, 0, 1, () => {
		stem(c, 56, 0, 4, kind === 'poppy' ? '#9cc59a' : '#3f7d57');
		for (const s of [-1, 1])
			at(c, 0, -4, s * 0.5, 1, () =>
			    leaf(c, 48, 7, '#5f9c6c', '#8cc29a'));
	});
	if (kind === 'poppy')
		at(c, 0, 2, 0, 0.94, () => poppy(c, 1, col));
	else
		at(c, 0, 22, 0, 0.8, () => tulip(c, 1, col));
	text(c, 'FERN & FIELD', 0, -72, '11px "URW Gothic"', ink, 2.4);
	text(c, kind === 'poppy' ? 'Poppy' : 'Tulip', 0, 92,
	    'italic 30px "EB Garamond 12"', ink, 0);
}

/* 376 x 376: the trowel */
function trowel(c) {
	c.fillStyle = vertical(c, 0, 376, [[0, '#d9ead8'], [1, '#b4d3bb']]);
	c.fillRect(0, 0, 376, 376);
	disc(c, 188, 188, 140, '#ffffff45');
	for (const [x, a, k] of [[40, -0.4, 1], [340, 0.5, 1.1], [318, 0.05, 0.7],
	    [66, 0.15, 0.7]])
		at(c, x, 392, a, k, () => leaf(c, 150, 24, '#5f9c6c', '#7fb488'));
	soft_shadow(c, 214, 226, 40, 130, '#1d513955');
	at(c, 190, 196, 0.52, 1.06, () => {
		const wood = c.createLinearGradient(-15, 0, 15, 0);
		wood.addColorStop(0, '#8a4f2b');
		wood.addColorStop(0.45, '#d69a63');
		wood.addColorStop(1, '#9c5c33');
		c.fillStyle = wood;
		c.beginPath();
		c.moveTo(-11, -34);
		c.bezierCurveTo(-19, -70, -11, -110, -13, -138);
		c.bezierCurveTo(-12, -156, 12, -156, 13, -138);
		c.bezierCurveTo(11, -110, 19, -70, 11, -34);
		c.fill();
		c.fillStyle = '#e8c24f';
		c.beginPath();
		c.roundRect(-12, -38, 24, 17, 3);
		c.fill();
		c.fillStyle = '#b98d24';
		c.fillRect(-12, -31, 24, 3);
		c.strokeStyle = '#5f7680';
		c.lineWidth = 9;
		c.beginPath();
		c.moveTo(0, -22);
		c.lineTo(0, 22);
		c.stroke();
		const steel = c.createLinearGradient(-42, 0, 42, 0);
		steel.addColorStop(0, '#8ba1aa');
		steel.addColorStop(0.49, '#dfe9ec');
		steel.addColorStop(0.51, '#a9bcc4');
		steel.addColorStop(1, '#6c838d');
		c.fillStyle = steel;
		c.beginPath();
		c.moveTo(-8, 8);
		c.bezierCurveTo(-46, 10, -44, 40, -42, 66);
		c.bezierCurveTo(-40, 110, -16, 134, 0, 152);
		c.bezierCurveTo(16, 134, 40, 110, 42, 66);
		c.bezierCurveTo(44, 40, 46, 10, 8, 8);
		c.fill();
	});
	disc(c, 290, 132, 3, '#ffffffb0');
	grain(c, 376, 376, 0.14, 2);
}

/* 376 x 376: terracotta and ferns */
function pot(c) {
	c.fillStyle = vertical(c, 0, 376, [[0, '#fbe7b9'], [1, '#f4cf86']]);
	c.fillRect(0, 0, 376, 376);
	disc(c, 188, 176, 140, '#ffffff48');
	soft_shadow(c, 196, 334, 96, 12, '#7a4a1266');
	for (const [a, n, k] of [[-1.0, 150, 0.8], [0.75, 150, 0.8], [-0.62, 190, 0.9],
	    [0.4, 190, 0.9], [-0.28, 210, 1], [0.08, 220, 1]])
		at(c, 188, 226, a, 1, () => fern(c, n * k, 1,
		    mix('#1d5139', '#3f7d57', Math.abs(a)), '#5f9c6c'));
	at(c, 188, 226, 0, 1, () => {
		const clay = c.createLinearGradient(-80, 0, 80, 0);
		clay.addColorStop(0, '#b5532f');
		clay.addColorStop(0.36, '#e98a5d');
		clay.addColorStop(1, '#a84a2a');
		c.fillStyle = clay;
		c.beginPath();
		c.moveTo(-64, 20);
		c.lineTo(64, 20);
		c.lineTo(48, 108);
		c.lineTo(-48, 108);
		c.fill();
		c.fillStyle = '#7a2f1a55';
		c.fillRect(-63, 22, 126, 9);
		c.fillStyle = clay;
		c.beginPath();
		c.roundRect(-76, -12, 152, 36, 4);
		c.fill();
		c.fillStyle = '#fff3e03a';
		c.fillRect(-76, -8, 152, 3);
	});
	grain(c, 376, 376, 0.14, 3);
}

/* 440 x 440, t from 0 to 1: from bud to bloom and, after a rest, back */
function bloom(c, t) {
	c.fillStyle = '#e4efdf';
	c.fillRect(0, 0, 440, 440);
	disc(c, 220, 214, 172, '#f3f7ea');
	const up = t < 0.6 ? t / 0.5 : (1 - t) / 0.16;
	const g = out_back(clamp(up * 1.25)), o = ease(clamp(up * 1.5 - 0.5));
	const sway = Math.sin(TAU * t * 2) * 0.03;
	for (const [x, k, lean, kind] of [[112, 0.85, -0.16, 'daisy'],
	    [330, 0.9, 0.17, 'poppy'], [220, 1.3, 0, 'tulip-coral']])
		at(c, x, 420, lean + sway, k, () =>
		    flower(c, kind, kind === 'daisy' ? 200 : 205, 0, 0.12 + 0.88 * g, o,
		        '#2a6547', '#468759'));
	c.fillStyle = '#7a4a32';
	c.beginPath();
	c.ellipse(220, 440, 210, 40, 0, 0, TAU);
	c.fill();
	c.fillStyle = '#8f5a3e';
	c.beginPath();
	c.ellipse(220, 446, 190, 36, 0, 0, TAU);
	c.fill();
}

/* 1000 x 200: the equaliser, one turn of t is one loop */
function equaliser(c, t) {
	c.fillStyle = '#14103a';
	c.fillRect(0, 0, 1000, 200);
	const n = 45, bw = 920 / n;
	for (let i = 0; i < n; i++) {
		const rows = Math.round(level(i, n, t) * 10);
		for (let j = 0; j < rows; j++)
			for (const side of [-1, 1]) {
				c.fillStyle = mix(mix('#ffe7a0', '#ff8a50', j / 4), '#f0458c',
				    (j - 3) / 5);
				c.fillRect(40 + i * bw + 3, 100 + side * (j * 9 + 5) - 3,
				    bw - 6, 6);
			}
	}
}

/* 376 x 376: one of the band in the spotlight */
function spotlight(c, top, low, draw) {
	c.fillStyle = vertical(c, 0, 376, [[0, top], [1, low]]);
	c.fillRect(0, 0, 376, 376);
	glow(c, 188, 190, 230, '#ffb45a', 0.75);
	disc(c, 188, 178, 128, '#ffc46b');
	disc(c, 188, 178, 108, '#ffd68a');
	soft_shadow(c, 188, 334, 130, 10, '#08061acc');
	draw();
	const r = rng(6);
	for (let i = 0; i < 22; i++)
		disc(c, r() * 376, r() * 376, 0.8 + r() * 1.6, alpha('#fff6dc', 0.2 + r() * 0.6));
	grain(c, 376, 376, 0.16, 4);
}

function play_button(c, x, y, r, fill, arrow) {
	c.save();
	c.filter = 'blur(14px)';
	disc(c, x, y + 6, r, '#00000066');
	c.restore();
	disc(c, x, y, r, fill);
	c.beginPath();
	c.moveTo(x - r * 0.28, y - r * 0.42);
	c.lineTo(x + r * 0.5, y);
	c.lineTo(x - r * 0.28, y + r * 0.42);
	c.closePath();
	c.fillStyle = c.strokeStyle = arrow;
	c.lineWidth = r * 0.1;
	c.lineJoin = 'round';
	c.stroke();
	c.fill();
}

/* The shop's mark: two leaves, in a green that stands on light and dark. */
function mark(c) {
	at(c, 48, 88, -0.5, 1, () => leaf(c, 74, 20, '#4f9466', '#74b584'));
	at(c, 48, 88, 0.55, 1, () => leaf(c, 60, 17, '#e3a63a', '#f3c566'));
}
