/* mpanel.js - speed on top of pages that work without it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 * Question pages open in a <dialog>, Ctrl/Cmd+K is a palette over /search,
 * menus close, a flash fades. */
'use strict';
(() => {
	const one = (s, e = document) => e.querySelector(s);

	/* The element `pick` of another page of ours, with where it came from. */
	const part = async (url, pick, signal) => {
		const r = await fetch(url, { credentials: 'same-origin', signal });
		const d = new DOMParser().parseFromString(await r.text(), 'text/html');
		return { el: r.ok ? one(pick, d) : null, title: d.title, r };
	};

	const modal = (cls, label) => {
		const d = document.createElement('dialog');
		d.className = cls;
		d.setAttribute('aria-label', label);
		d.addEventListener('close', () => d.remove());
		d.addEventListener('click', (e) => { if (e.target === d) d.close(); });
		document.body.append(d);
		return d;
	};

	/* Questions: the page itself when anything is unusual. */
	document.addEventListener('click', async (e) => {
		const a = e.target.closest('a[data-ask]');
		if (!a || e.button || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey)
			return;
		e.preventDefault();
		try {
			const { el, r } = await part(a.href, '.ask.card');
			if (!el || r.redirected)
				throw 0;
			const d = modal('', one('h1', el).textContent);
			d.append(document.adoptNode(el));
			one('[data-no]', d)?.addEventListener('click', (n) => {
				n.preventDefault();
				d.close();
			});
			const m = a.closest('details.menu');
			if (m) {
				m.open = false;
				one('summary', m).focus();
			}
			d.showModal();
			(one('form :is(input:not([type=hidden]),select,textarea)', d)
				|| one('[data-no]', d))?.focus();
		} catch {
			location.href = a.href;
		}
	});

	/* Palette. */
	const palette = () => {
		const d = modal('pal', 'Search');
		const f = document.createElement('form');
		f.action = '/search';
		const i = document.createElement('input');
		i.type = 'search';
		i.name = 'q';
		i.autocomplete = 'off';
		i.placeholder = one('#q').placeholder;
		i.setAttribute('aria-label', 'Search everything');
		const out = document.createElement('div');
		out.setAttribute('aria-live', 'polite');
		f.append(i);
		d.append(f, out);
		let t, stop;
		const show = async () => {
			stop?.abort();
			stop = new AbortController();
			try {
				const u = '/search?q=' + encodeURIComponent(i.value);
				const { el, title, r } = await part(u, '#results', stop.signal);
				if (el) {
					out.replaceChildren(...document.adoptNode(el).childNodes);
				} else if (r.redirected) {
					const a = document.createElement('a');
					a.href = r.url;
					a.textContent = title;
					out.replaceChildren(a);
				}
			} catch { /* an older question */ }
		};
		i.addEventListener('input', () => {
			clearTimeout(t);
			if (i.value.trim())
				t = setTimeout(show, 160);
			else
				out.replaceChildren();
		});
		d.addEventListener('keydown', (e) => {
			/* The first Escape would only empty the field. */
			if (e.key === 'Escape')
				d.close();
			const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
			if (!step)
				return;
			e.preventDefault();
			const all = [i, ...out.querySelectorAll('a')];
			all[(all.indexOf(document.activeElement) + step + all.length)
				% all.length].focus();
		});
		d.showModal();
		i.focus();
	};
	document.addEventListener('keydown', (e) => {
		if ((e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey
		    && e.key.toLowerCase() === 'k' && one('#q')) {
			e.preventDefault();
			if (!one('dialog[open]'))
				palette();
		}
	});
	const k = one('.find kbd');
	if (k) {
		if (/Mac|iP/.test(navigator.platform))
			k.textContent = '⌘ K';
		k.hidden = false;
	}

	/* Menus close by Escape and by a click elsewhere. */
	const shut = (keep) => document.querySelectorAll('details.menu[open]')
		.forEach((m) => { if (!m.contains(keep)) m.open = false; });
	document.addEventListener('click', (e) => shut(e.target));
	document.addEventListener('keydown', (e) => {
		const m = e.key === 'Escape' && e.target.closest?.('details.menu[open]');
		if (m) {
			m.open = false;
			one('summary', m).focus();
		}
	});

	/* Good news leaves after a while, unless someone is in it; errors stay. */
	const flash = one('.flash.good');
	if (flash)
		setTimeout(() => {
			if (flash.matches(':hover,:focus-within'))
				return;
			flash.classList.add('gone');
			setTimeout(() => flash.remove(), 500);
		}, 8000);
})();
