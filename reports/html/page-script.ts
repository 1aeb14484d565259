/**
 * The page's own script: copy button, filter of claims, and one crosshair through all charts that have a time axis.
 * It reads the marks that are already drawn (data-t, data-s, data-v) and never builds markup from text.
 */
export const PAGE_SCRIPT = `'use strict';
(() => {
  const root = document.documentElement;
  root.classList.add('scripted');

  for (const button of document.querySelectorAll('[data-copy]')) {
    button.addEventListener('click', async () => {
      const source = document.getElementById(button.dataset.copy);
      let copied = true;
      try {
        await navigator.clipboard.writeText(source.textContent);
      } catch {
        const range = document.createRange();
        range.selectNodeContents(source);
        const selection = getSelection();
        selection.removeAllRanges();
        selection.addRange(range);
        copied = document.execCommand('copy');
      }
      button.textContent = copied ? 'Copied' : 'Press Ctrl+C';
      setTimeout(() => { button.textContent = 'Copy'; }, 2000);
    });
  }

  for (const form of document.querySelectorAll('[data-filter]')) {
    const items = [...document.getElementById(form.dataset.filter).children];
    const search = form.querySelector('input[type=search]');
    const count = form.querySelector('[data-filter-count]');
    const apply = () => {
      const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
      const outcomes = new Set([...form.querySelectorAll('input:checked')].map((box) => box.value));
      let shown = 0;
      for (const item of items) {
        const text = item.textContent.toLowerCase();
        const fits = outcomes.has(item.dataset.outcome) && words.every((word) => text.includes(word));
        item.hidden = !fits;
        if (fits) shown += 1;
      }
      count.textContent = shown === items.length ? '' : shown + ' of ' + items.length + ' shown';
    };
    form.addEventListener('input', apply);
    form.addEventListener('submit', (event) => event.preventDefault());
    addEventListener('hashchange', () => {
      const target = items.find((item) => '#' + item.id === location.hash);
      if (target === undefined || !target.hidden) return;
      search.value = '';
      for (const box of form.querySelectorAll('input[type=checkbox]')) box.checked = true;
      apply();
      target.scrollIntoView();
    });
  }

  const charts = [...document.querySelectorAll('svg.time')].map((svg) => {
    const line = document.createElementNS('http://www.w3.org/2000/svg', 'line');
    line.setAttribute('class', 'crosshair');
    line.setAttribute('y1', svg.dataset.top);
    line.setAttribute('y2', String(svg.viewBox.baseVal.height));
    svg.append(line);
    const series = new Map();
    for (const mark of svg.querySelectorAll('.mark[data-t]')) {
      const list = series.get(mark.dataset.s) ?? [];
      list.push({ t: Number(mark.dataset.t), v: mark.dataset.v, hold: 'hold' in mark.dataset, near: 'near' in mark.dataset });
      series.set(mark.dataset.s, list);
    }
    for (const list of series.values()) list.sort((a, b) => a.t - b.t);
    const order = [...series].sort(([, a], [, b]) => Number(b[0].hold) - Number(a[0].hold));
    const readout = svg.closest('[data-chart]')?.querySelector('[data-readout]');
    const [from, to, left, right] = ['from', 'to', 'left', 'right'].map((name) => Number(svg.dataset[name]));
    return { svg, line, series: order, readout, idle: readout?.textContent, from, to, left, right };
  });
  const at = (list, t, span) => {
    let best;
    for (const mark of list) {
      if (mark.hold) {
        if (mark.t <= t) best = mark;
      } else if (best === undefined || Math.abs(mark.t - t) < Math.abs(best.t - t)) best = mark;
    }
    return best !== undefined && best.near && Math.abs(best.t - t) > span * 0.01 ? undefined : best;
  };
  const show = (t) => {
    for (const chart of charts) {
      const inside = t !== undefined && t >= chart.from && t <= chart.to;
      chart.line.classList.toggle('on', inside);
      if (!inside) {
        if (chart.readout) chart.readout.textContent = chart.idle;
        continue;
      }
      const x = chart.left + ((t - chart.from) / (chart.to - chart.from)) * (chart.right - chart.left);
      chart.line.setAttribute('x1', x);
      chart.line.setAttribute('x2', x);
      if (!chart.readout || chart.svg.getBoundingClientRect().width === 0) continue;
      const parts = [new Date(t).toISOString().slice(11, 23)];
      for (const [name, list] of chart.series) {
        const mark = at(list, t, chart.to - chart.from);
        if (mark !== undefined) parts.push(name + ' ' + mark.v);
      }
      chart.readout.textContent = parts.join('  ·  ');
    }
  };
  for (const chart of charts) {
    chart.svg.addEventListener('pointermove', (event) => {
      const box = chart.svg.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * chart.svg.viewBox.baseVal.width;
      const part = (x - chart.left) / (chart.right - chart.left);
      show(part < 0 || part > 1 ? undefined : chart.from + part * (chart.to - chart.from));
    });
    chart.svg.addEventListener('pointerleave', () => show(undefined));
  }
})();
`;
