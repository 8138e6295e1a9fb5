/* mpanel.js - speed on top of pages that work without it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 * Question pages open in a <dialog>, Ctrl/Cmd+K is a palette,
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

	/* Palette: a combobox over /api/admin/search. */
	const make = (tag, attrs, ...kids) => {
		const e = document.createElement(tag);
		for (const k in attrs)
			e.setAttribute(k, attrs[k]);
		e.append(...kids);
		return e;
	};
	const palette = () => {
		const [none, all] = document.querySelectorAll('.find i');
		const what = one('.find label').textContent;
		const d = modal('pal', what);
		const i = make('input', { type: 'search', name: 'q', role: 'combobox',
			autocomplete: 'off', placeholder: one('#q').placeholder,
			'aria-label': what, 'aria-autocomplete': 'list',
			'aria-controls': 'pal', 'aria-expanded': 'false' });
		const list = make('div', { id: 'pal', role: 'listbox',
			'aria-label': what, hidden: '' });
		const said = make('p', { class: 'vh', role: 'status' });
		let at = -1, options = [], stale, t, stop;

		const pick = (n) => {
			options[at]?.setAttribute('aria-selected', 'false');
			at = options.length ? (n + options.length) % options.length : -1;
			const o = options[at];
			if (!o)
				return i.removeAttribute('aria-activedescendant');
			o.setAttribute('aria-selected', 'true');
			o.scrollIntoView({ block: 'nearest' });
			i.setAttribute('aria-activedescendant', o.id);
		};
		/* What this page itself offers to do, by its own buttons. */
		const verbs = (q) => [...document.querySelectorAll(
			'.head .verbs > a, .head .verbs > form > button,'
				+ '.head .menu li :is(a,button)')]
			.filter((e) => q && e.textContent.toLowerCase().includes(q))
			.map((e) => ({ group: one('h1').firstChild.textContent.trim(),
				title: e.textContent, url: e.href || '#', verb: e }));
		const option = (h) => {
			const o = make('a', { role: 'option', href: h.url, tabindex: -1,
				id: 'pal' + options.length, 'aria-selected': 'false' },
				make('b', {}, h.title));
			const more = [h.text, h.statusText].filter(Boolean);
			if (more.length)
				o.append(' ', make('span', { class: 'q' }, more.join(', ')));
			o.addEventListener('click', (e) => {
				sessionStorage.setItem('came', h.verb ? '' : 1);
				if (!h.verb)
					return;
				e.preventDefault();
				d.close();
				h.verb.click();
			});
			options.push(o);
			return o;
		};
		const fill = (q, items) => {
			const groups = new Map();
			items.forEach((h) => groups.set(h.group,
				[...groups.get(h.group) || [], h]));
			options = [];
			list.replaceChildren(...[...groups].map(([name, hits]) =>
				make('div', { role: 'group', class: 'res', 'aria-label': name },
					make('h2', { 'aria-hidden': true }, name),
					...hits.map(option))));
			if (q)
				list.append(make('div', { role: 'group', class: 'res', 'aria-label': all.textContent },
					option({ url: '/search?q=' + encodeURIComponent(q),
						title: `${all.textContent} “${q}”` })));
			list.hidden = !options.length;
			i.setAttribute('aria-expanded', !list.hidden);
			said.textContent = items.length || none.textContent;
			said.className = items.length ? 'vh' : 'q';
			stale = false;
			at = -1;
			pick(0);
		};
		/* The last question's answer: each stroke gives the one before up. */
		const show = async () => {
			const q = i.value.trim();
			stop = new AbortController();
			const { signal } = stop;
			try {
				const r = await fetch('/api/admin/search?limit=5&q='
					+ encodeURIComponent(q),
					{ credentials: 'same-origin', signal });
				const items = r.ok ? (await r.json()).items : [];
				if (!signal.aborted)
					fill(q, [...verbs(q.toLowerCase()), ...items]);
			} catch { /* an older question, or no answer */ }
		};

		d.append(make('form', { action: '/search' }, i), list, said);
		i.addEventListener('input', () => {
			clearTimeout(t);
			stop?.abort();
			t = setTimeout(show, 120);
			stale = true;
		});
		d.addEventListener('keydown', (e) => {
			const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
			/* The first Escape would only empty the field. */
			if (e.key === 'Escape')
				d.close();
			else if (step)
				pick(at + step);
			else if (e.key === 'Enter' && !stale && options[at])
				options[at].click();
			/* Else Enter takes what is typed to the page. */
			else
				return;
			e.preventDefault();
		});
		d.showModal();
		i.focus();
		show();
	};
	document.addEventListener('keydown', (e) => {
		if ((e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey
		    && e.key.toLowerCase() === 'k' && one('#q')) {
			e.preventDefault();
			if (!one('dialog[open]'))
				palette();
		}
	});
	/* Who came by the palette goes on with what the page is for. */
	if (sessionStorage.getItem('came')) {
		sessionStorage.removeItem('came');
		one('.head .verbs .pri')?.focus();
	}
	const k = one('.find kbd');
	if (k) {
		if (/Mac|iP/.test(navigator.platform))
			k.textContent = '⌘ K';
		k.hidden = false;
	}

	/* A row of tabs may be longer than the screen: it shows where one is. */
	const tab = one('.tabs [aria-current]');
	if (tab)
		tab.parentNode.scrollLeft = tab.offsetLeft - tab.parentNode.offsetLeft;

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
