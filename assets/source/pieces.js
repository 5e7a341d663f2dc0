/* SPDX-License-Identifier: BSD-2-Clause */
/* The pieces by name: frame.html#NAME rasterises one of them. */
'use strict';

const INK = '#173f2e', CREAM = '#fff1d6';
const FPS = 25;

/* lines: how much larger the small lines are than in a film, for a picture that a
 * phone shows a third as wide. */
function spring_title(c, w, y, k, over, big, under, lines = 1) {
	text(c, over, w / 2, y - (124 + 8 * lines) * k,
	    `${30 * k * lines}px "EB Garamond 12"`, INK, 9 * k);
	text(c, big, w / 2, y, `italic ${132 * k}px "EB Garamond 12"`, INK, -2 * k);
	text(c, under, w / 2, y + (64 + 20 * lines) * k,
	    `italic ${38 * k * lines}px "EB Garamond 12"`, '#2c5a43', 0);
}

function jazz_title(c, w, y, k, small) {
	text(c, 'FERN & FIELD PRESENTS', w / 2, y - 176 * k,
	    `${(small ? 25 : 34) * k}px "URW Gothic"`, '#ffc98a', 9 * k);
	text(c, 'JAZZ NIGHT', w / 2, y, `600 ${164 * k}px "URW Gothic"`, CREAM, 4 * k);
	text(c, 'in the glasshouse', w / 2, y + 82 * k,
	    `italic ${76 * k}px "EB Garamond 12"`, '#ffb96a', 0);
	if (!small)
		text(c, 'SATURDAY 16 MAY 2026, 8 PM', w / 2, y + 156 * k,
		    `${35 * k}px "URW Gothic"`, CREAM, 5 * k);
}

function still(w, h, draw) {
	return { w, h, n: 1, type: 'image/png', draw };
}

function clip(w, h, seconds, draw) {
	return { w, h, n: seconds * FPS, type: 'image/jpeg', draw };
}

/* rest: where the loop begins, for readers that show the first frame only */
function loop(w, h, n, draw, rest) {
	return { w, h, n, type: 'image/png',
	    draw: (c, i) => draw(c, (i / n + (rest || 0)) % 1) };
}

function spring_hero(over, big, under) {
	return still(1200, 1080, c => {
		spring(c, 1200, 1080, { t: 1, day: 1, drift: 0.3, horizon: 0.53,
		    sun: 0.28, bird: 0.82 });
		if (big)
			spring_title(c, 1200, 300, 1, over, big, under, 1.3);
	});
}

/* The film: first light to full bloom in six seconds. */
function spring_film(over, big, under) {
	return clip(960, 540, 6, (c, i) => {
		const t = i / (6 * FPS);
		spring(c, 960, 540, { t: clamp(t * 1.35), day: ease(t * 1.5),
		    drift: 0.1 + t * 0.5, horizon: 0.55, sun: 0.28, bird: 0.86, grain: 0 });
		c.globalAlpha = spread(t, 0.42, 0.62);
		if (big)
			spring_title(c, 960, 152, 0.62, over, big, under);
	});
}

function spring_poster() {
	return still(1200, 675, c => {
		spring(c, 1200, 675, { t: 0.8, day: 0.55, drift: 0.4, horizon: 0.55,
		    sun: 0.34, bird: 0.4 });
		c.fillStyle = '#173f2e38';
		c.fillRect(0, 0, 1200, 675);
		play_button(c, 600, 320, 82, '#fffaf0', '#1d5139');
	});
}

function jazz_film(c, i) {
	const t = i / (6 * FPS);
	jazz(c, 960, 540, { t, shore: 0.86, scale: 0.5, moon: [0.87, 0.24, 78], quiet: 0.28,
	    leaves: 0.95 });
	c.globalAlpha = spread(t, 0.04, 0.16);
	jazz_title(c, 960, 100, 0.42, true);
}

const EN = ['THE 2026 GARDEN BOOK', 'Spring is here',
	'two hundred new seeds, and one very good trowel'];
const DE = ['DAS GARTENBUCH 2026', 'Der Frühling ist da',
	'zweihundert neue Samen und eine sehr gute Schaufel'];

const PIECES = {
	'spring-hero-en': spring_hero(...EN),
	'spring-hero-de': spring_hero(...DE),
	'spring-hero-any': spring_hero(),
	'spring-film-en': spring_film(...EN),
	'spring-film-de': spring_film(...DE),
	'spring-film-any': spring_film(),
	'spring-poster': spring_poster(),
	'seeds': still(376, 376, seeds),
	'trowel': still(376, 376, trowel),
	'pot': still(376, 376, pot),
	'mark': still(96, 96, mark),
	'bloom': loop(440, 440, 30, bloom, 0.55),
	'jazz-poster': still(1200, 1440, c => {
		jazz(c, 1200, 1440, { t: 0.1, shore: 0.76, scale: 1,
		    moon: [0.86, 0.405, 84], quiet: 0.35,
		    grain: 0.18 });
		jazz_title(c, 1200, 330, 1);
	}),
	'jazz-wide': still(1200, 900, c => {
		jazz(c, 1200, 900, { t: 0.35, shore: 0.8, scale: 1.04,
		    moon: [0.14, 0.2, 86], grain: 0.18 });
	}),
	'jazz-film': clip(960, 540, 6, jazz_film),
	'jazz-still': still(1200, 675, c => {
		jazz(c, 1200, 675, { t: 0.62, shore: 0.86, scale: 1.02,
		    moon: [0.88, 0.22, 76], leaves: 0.8, grain: 0.16 });
		c.fillStyle = '#0a0b2640';
		c.fillRect(0, 0, 1200, 675);
		play_button(c, 600, 208, 76, '#fff1d6', '#c2325a');
	}),
	'equaliser': loop(1000, 200, 32, equaliser),
	'player-voice': still(376, 376, c => spotlight(c, '#1a1450', '#4a1f63', () =>
	    at(c, 184, 336, 0, 2.5, () => singer(c, 1, '#d8315b')))),
	'player-sax': still(376, 376, c => spotlight(c, '#141a55', '#1d3a6e', () =>
	    at(c, 168, 336, 0, 2.5, () => sax_player(c, 0)))),
	'player-bass': still(376, 376, c => spotlight(c, '#2a1250', '#6a2350', () =>
	    at(c, 152, 342, 0, 2.35, () => bass_player(c, 0)))),
};

const piece = PIECES[location.hash.substring(1)];
if (piece)
	emit(piece.w, piece.h, piece.n, piece.type, 0.92, piece.draw);
