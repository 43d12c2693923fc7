// What is wrong with the page as it stands, one line a fault. Called by test_pages.py at two widths.
() => {
  const faults = [];
  const seen = (node) => node.checkVisibility({ visibilityProperty: true });
  const words = (node) => node.outerHTML.slice(0, 120).replace(/\s+/g, ' ');
  const textOf = (ids) => (ids ?? '').split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? '').join(' ').trim();
  const named = (node) => node.getAttribute('aria-label')?.trim() || textOf(node.getAttribute('aria-labelledby')) || node.title;

  if (!document.title.trim()) faults.push('no title');
  if (!document.documentElement.lang) faults.push('no language');
  const headings = [...document.querySelectorAll('h1')].filter(seen);
  if (headings.length !== 1) faults.push(`${headings.length} visible h1`);
  else if (!headings[0].textContent.trim()) faults.push('an empty h1');
  if (document.querySelectorAll('main').length !== 1) faults.push('not exactly one main');

  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > room + 1) {
    const wide = [...document.body.querySelectorAll('*')].filter((node) => seen(node) && node.getBoundingClientRect().right > room + 1);
    faults.push(`wider than the screen by ${document.documentElement.scrollWidth - room} px: ${wide.slice(0, 3).map(words).join(' | ')}`);
  }
  for (const image of document.images) {
    if (!image.hasAttribute('alt')) faults.push(`no alt: ${words(image)}`);
    if (image.complete && image.src && !image.naturalWidth && image.loading !== 'lazy') faults.push(`did not load: ${words(image)}`);
  }
  for (const field of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
    const label = [...(field.labels ?? [])].some((one) => one.textContent.trim());
    if (seen(field) && !label && !named(field)) faults.push(`no label: ${words(field)}`);
  }
  for (const control of document.querySelectorAll('a[href], button, summary, [role=button]')) {
    const inner = control.textContent.trim() || [...control.querySelectorAll('img')].some((image) => image.alt);
    if (seen(control) && !inner && !named(control)) faults.push(`no name: ${words(control)}`);
  }
  const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  if (twice.length) faults.push(`ids used twice: ${twice.join(', ')}`);
  for (const node of document.querySelectorAll('[aria-describedby], [aria-labelledby], [aria-controls]')) {
    for (const name of ['aria-describedby', 'aria-labelledby', 'aria-controls']) {
      const lost = (node.getAttribute(name) ?? '').split(/\s+/).filter((id) => id && !document.getElementById(id));
      if (lost.length) faults.push(`${name} names nothing: ${words(node)}`);
    }
  }
  return faults;
}
