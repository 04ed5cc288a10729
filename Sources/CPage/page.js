/* The page of multibox: shows a photo, asks POST /detect once, and draws what the answer says. What the slider and the
   classes leave out is left out here. Nothing is kept, and nothing is asked of any other host. */
'use strict';

/* The least score that is asked for. A model gives its best detections, and a weaker one never takes the place of a better
   one: from this answer follow those of all higher thresholds. */
const FLOOR = 0.05;
/* The longest side of the copy that is offered where the service does not take a photo as it is, in pixels. */
const COPY_SIDE = 2000;
/* The times of a live picture's table, in milliseconds: a table that changes with each frame could not be read. */
const TABLE_INTERVAL = 250;
const SPOKEN_INTERVAL = 4000;

const $ = (id) => document.getElementById(id);

/** An element with properties, attributes (where the name has a dash) and children. */
function make(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
        if (name.includes('-') || name === 'role') element.setAttribute(name, value);
        else element[name] = value;
    }
    element.append(...children);
    return element;
}

/** Storage that may be forbidden. */
const stored = {
    get: (store, name) => { try { return window[store].getItem(name); } catch { return null; } },
    set: (store, name, value) => {
        try { value ? window[store].setItem(name, value) : window[store].removeItem(name); } catch { /* Not kept, then. */ }
    },
};

const count = (number, word) => `${number} ${word}${number === 1 ? '' : 's'}`;
/* Neighbouring numbers get colours that are far apart: the golden angle. */
const hue = (id) => String(Math.round((id * 137.508 + 150) % 360));
const pause = (milliseconds, signal) => new Promise((done, fail) => {
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', () => { clearTimeout(timer); fail(signal.reason); }, { once: true });
});

/* ------------------------------------------------------------------------------------------------------------------------
   State. */

/** The model's card, once it is known. */
let card = null;
/** The model that is asked, of several; empty for the first. */
let model = '';
let key = stored.get('sessionStorage', 'multibox-key') ?? '';
/** What is shown: {blob, name, line, remark, url}; the picture, its file, what curl has before it, what there is to say. */
let source = null;
/** {json, detections, roundTrip} of the last answer; elements of each detection beside it. */
let answer = null;
let threshold = 0.5;
/** The classes to be shown, by number; none for all. */
const chosen = new Set();
/** The request under way. */
let running = null;
/** The camera: {stream, device, since} while it is on. */
let live = null;

/* ------------------------------------------------------------------------------------------------------------------------
   The service. */

/** A failure in words. */
class Trouble extends Error {
    constructor(title, detail, more = {}) {
        super(detail);
        Object.assign(this, { title, ...more });
    }

    /** What a problem document says (RFC 9457). */
    static async of(response) {
        let problem = {};
        try { problem = await response.json(); } catch { /* From a proxy, perhaps. */ }
        const header = response.headers.get('Retry-After');
        const seconds = Number(header);
        return new Trouble(
            problem.title ?? `The service says ${response.status}`,
            problem.detail ?? `${response.statusText || 'No reason was given'}.`,
            {
                status: response.status, id: problem.request_id,
                retryAfter: header !== null && seconds >= 0 ? Math.max(seconds, 0.2) : null,
            });
    }
}

/** The answer to a request to the service. */
async function ask(path, options = {}) {
    const headers = { Accept: 'application/json' };
    if (key) headers['X-API-Key'] = key;
    let response;
    try {
        response = await fetch(path, { ...options, headers, credentials: 'same-origin' });
        if (response.ok) return await response.json();
    } catch (error) {
        if (error.name === 'AbortError') throw error;
        const size = options.body?.size ?? 0;
        throw new Trouble(
            'The service cannot be reached',
            `Nothing answers at ${location.origin}: the service has ended, or the network is gone.` +
            (size > 8 << 20 ? ` Or it stopped reading, since the photo is large: ${(size / 1048576).toFixed(1)} MB.` : ''),
            { isNetwork: true });
    }
    throw await Trouble.of(response);
}

/** What is asked of a photo, as a query. */
const query = (least, more = '') => `?threshold=${least}${more}${model ? `&model=${model}` : ''}`;

/** Offers the models where there are several. A probe tells which: it needs no key, and counts for no limit. */
async function showModels() {
    let models = [];
    try { models = (await ask('healthz')).models ?? []; } catch { /* It is about to end. */ }
    $('model-choice').hidden = models.length < 2;
    $('model-name').replaceChildren(...models.map(({ name }) =>
        make('option', { value: name, textContent: name, selected: name === card.name })));
}

$('model-name').addEventListener('change', async () => {
    model = $('model-name').value;
    // The numbers of its classes are others.
    chosen.clear();
    answer = null;
    await loadCard();
    if (card && source && !live) look(source.blob, source.name, source.line, source.remark);
});

/** Asks for the model's card; again while it is being loaded. */
async function loadCard() {
    try {
        card = await ask(`model${model ? `?model=${model}` : ''}`);
        hideMessage('card');
        await showModels();
    } catch (error) {
        if (error.status === 400 && model) {
            // It has been taken out of service.
            model = '';
            return loadCard();
        }
        if (error.status === 401) return askForKey(error);
        if (error.retryAfter) {
            showMessage(error, 'card');
            await pause(error.retryAfter * 1000);
            return loadCard();
        }
        return showMessage(error, 'card', [['Try again', loadCard]]);
    }
    const classes = card.labels.filter((label) => label !== null).length;
    $('model-line').textContent = `${card.name} · ${classes} ${classes === 1 ? 'class' : 'classes'}`;
    $('model-line').title = `${card.name} ${card.version}`;
    // Who has moved the slider has said what they want.
    if (!answer && !$('threshold').dataset.moved) setThreshold(Math.max(card.defaults.threshold, FLOOR));
    const rows = [
        ['Name', card.name], ['Version', card.version], ['Architecture', card.architecture],
        ['Arithmetic', `${card.precision}, ${card.instruction_set}`],
        ['Input', `${card.input.width} × ${card.input.height} pixels`],
        ['By default', `threshold ${card.defaults.threshold}, IoU ${card.defaults.iou_threshold}, ` +
            `at most ${card.defaults.max_detections} detections`],
        ...card.provenance.map((entry) => [entry.name, entry.value]),
    ];
    $('card').replaceChildren(...rows.flatMap(([name, value]) => [
        make('dt', { textContent: name.replace(/^./, (first) => first.toUpperCase()) }), make('dd', { textContent: value })]));
    $('labels').replaceChildren(...card.labels.flatMap((label, id) =>
        label === null ? [] : [make('li', {}, dot(id), label)]));
    showLines();
}

/** Looks at a photo: shows it, asks, draws. Whatever was under way is given up. */
async function look(blob, name, line, remark) {
    stopCamera();
    running?.abort();
    const request = running = new AbortController();
    if (source?.url) URL.revokeObjectURL(source.url);
    source = { blob, name, line, remark, url: URL.createObjectURL(blob) };
    answer = null;
    const shown = source;
    hideMessage();
    $('boxes').replaceChildren();
    openViewer();
    $('frame').hidden = true;
    $('photo').hidden = false;
    $('photo').src = shown.url;
    const decoded = $('photo').decode().then(
        () => { if (source === shown && !answer) sizeSheet($('photo').naturalWidth, $('photo').naturalHeight, true); },
        () => { if (source === shown) $('photo').hidden = true; });
    busy(true);
    try {
        while (true) {
            try {
                const start = performance.now();
                const json = await ask(`detect${query(FLOOR)}`, { method: 'POST', body: blob, signal: request.signal });
                const roundTrip = performance.now() - start;
                await decoded;
                if (running !== request) return;
                hideMessage();
                showAnswer(json, roundTrip, true);
                break;
            } catch (error) {
                if (!(error instanceof Trouble) || error.retryAfter === null || error.retryAfter === undefined) throw error;
                await waitOut(error, request);
            }
        }
    } catch (error) {
        if (running !== request || error.name === 'AbortError') return;
        await decoded;
        fail(error, shown);
    } finally {
        if (running === request) {
            running = null;
            busy(false);
        }
    }
}

/** Says that the service has no time, and waits as long as it asks to. */
async function waitOut(error, request) {
    const left = make('span', { 'aria-hidden': 'true' });
    let go;
    const sooner = new Promise((done) => { go = done; });
    showMessage(error, 'photo', [['Try now', () => go()], ['Leave it', () => { request.abort(); hideMessage(); busy(false); }]], left);
    const end = performance.now() + error.retryAfter * 1000;
    while (performance.now() < end) {
        left.textContent = ` Trying again in ${Math.ceil((end - performance.now()) / 1000)} s.`;
        if (await Promise.race([pause(200, request.signal), sooner.then(() => true)])) break;
    }
}

/** Says what went wrong with a photo, and offers what may help. */
function fail(error, shown) {
    if (!(error instanceof Trouble)) error = new Trouble('This page has failed', String(error));
    if (error.status === 401) return askForKey(error);
    const actions = [];
    const picture = $('photo');
    const isReadable = !picture.hidden && picture.naturalWidth > 0;
    if (error.status === 413 && isReadable) {
        const side = Math.min(COPY_SIDE, Math.max(picture.naturalWidth, picture.naturalHeight) * 0.7);
        actions.push(['Send a smaller JPEG', () => sendCopy(picture, shown, side)]);
    } else if ([415, 422].includes(error.status) && isReadable) {
        actions.push(['Send it as a JPEG', () => sendCopy(picture, shown, COPY_SIDE)]);
    } else if (error.isNetwork || error.status >= 500 || error.status === 429) {
        actions.push(['Try again', () => look(shown.blob, shown.name, shown.line)]);
    }
    if (!isReadable) closeViewer();
    showMessage(error, 'photo', actions);
    if (!isReadable) $('choose').focus();
    $('result').hidden = true;
    showRows();
    showLines();
}

/** Sends what the browser has decoded as a JPEG, its longer side of at most so many pixels. */
function sendCopy(picture, shown, side) {
    hideMessage();
    busy(true);
    const scale = Math.min(1, side / Math.max(picture.naturalWidth, picture.naturalHeight));
    const canvas = make('canvas', {
        width: Math.max(1, Math.round(picture.naturalWidth * scale)),
        height: Math.max(1, Math.round(picture.naturalHeight * scale)),
    });
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    const name = shown.name.replace(/\.\w+$/, '') + '.jpg';
    canvas.toBlob((blob) => look(blob, name), 'image/jpeg', 0.9);
}

/* ------------------------------------------------------------------------------------------------------------------------
   Messages. */

/** What the message is about: it is not taken away by what has nothing to do with it. */
let messageTopic = '';

function showMessage(error, topic, actions = [], more = '') {
    messageTopic = topic;
    const text = make('p', {}, make('strong', { textContent: `${error.title}. ` }), error.message, more);
    if (error.id) text.append(make('small', { textContent: `${error.status} · request ${error.id}` }));
    $('message').replaceChildren(text, make('div', { className: 'buttons' }, ...actions.map(([words, act]) =>
        make('button', { type: 'button', textContent: words, onclick: act }))));
    $('message').hidden = false;
}

function hideMessage(topic) {
    if (topic && topic !== messageTopic) return;
    $('message').hidden = true;
    $('message').replaceChildren();
}

const say = (words) => { $('status').textContent = words; };

function busy(isBusy) {
    $('progress').hidden = !isBusy;
    $('panel').setAttribute('aria-busy', String(isBusy));
    if (isBusy) say('Looking at the photo.');
}

/* ------------------------------------------------------------------------------------------------------------------------
   Keys. */

function askForKey(error) {
    $('key-button').hidden = false;
    if (key) showMessage(error, 'key');
    else hideMessage();
    openKeyForm(true);
}

function openKeyForm(isOpen) {
    $('key-form').hidden = !isOpen;
    $('key-button').setAttribute('aria-expanded', String(isOpen));
    $('key-forget').hidden = !key;
    if (isOpen) $('key').focus();
}

async function useKey(value) {
    key = value;
    stored.set('sessionStorage', 'multibox-key', key);
    $('key').value = '';
    hideMessage('key');
    openKeyForm(false);
    $('key-button').focus();
    await loadCard();
    if (card && key && source && !answer && !live) look(source.blob, source.name, source.line);
}

$('key-form').addEventListener('submit', (event) => {
    event.preventDefault();
    if ($('key').value) useKey($('key').value);
});
$('key-button').addEventListener('click', () => openKeyForm($('key-form').hidden));
$('key-forget').addEventListener('click', () => { card = null; useKey(''); });

/* ------------------------------------------------------------------------------------------------------------------------
   What was found. */

const dot = (id) => {
    const element = make('span', { className: 'dot', 'aria-hidden': 'true' });
    element.style.setProperty('--hue', hue(id));
    return element;
};

/** Shows an answer; with its table, unless that has just been shown. */
function showAnswer(json, roundTrip, isWhole) {
    const known = new Map(answer?.classes);
    answer = { json, roundTrip, classes: new Map(), detections: [], active: null, pinned: null };
    answer.detections = json.detections.map((detection, index) => ({ ...detection, index, isShown: false }));
    for (const { class: name, class_id: id } of answer.detections) {
        const entry = answer.classes.get(id) ?? { name, total: 0 };
        entry.total += 1;
        answer.classes.set(id, entry);
    }
    // A live picture's classes come and go; one that is chosen stays, to be let go.
    for (const id of chosen) {
        if (answer.classes.has(id)) continue;
        if (live && known.has(id)) answer.classes.set(id, { name: known.get(id).name, total: 0 });
        else chosen.delete(id);
    }
    sizeSheet(json.image.width, json.image.height, isWhole);
    // Small boxes lie above large ones, where a pointer finds them.
    const bySize = [...answer.detections].sort((left, right) => area(right.box) - area(left.box));
    $('boxes').replaceChildren(...bySize.map(makeBox));
    if (card && card.version !== json.model.version) loadCard();
    if (isWhole) {
        select($('tab-found'));
        showTable();
    }
    filter(isWhole);
}

const area = (box) => (box.xmax - box.xmin) * (box.ymax - box.ymin);

function makeBox(detection) {
    const { box } = detection;
    const { width, height } = answer.json.image;
    const tag = make('span', { className: 'tag', textContent: `${detection.class} ${detection.score.toFixed(2)}` });
    const element = make('div', { className: 'box' }, tag);
    element.dataset.index = detection.index;
    element.style.setProperty('--hue', hue(detection.class_id));
    element.style.left = `${100 * box.xmin / width}%`;
    element.style.top = `${100 * box.ymin / height}%`;
    element.style.width = `${100 * (box.xmax - box.xmin) / width}%`;
    element.style.height = `${100 * (box.ymax - box.ymin) / height}%`;
    Object.assign(detection, { element, tag });
    return element;
}

/** Everything that has to do with the answer but its boxes: table, times, classes, JSON. */
function showTable() {
    $('result').hidden = false;
    showTimes();
    showRows();
    showChips();
    $('answer').textContent = pretty(answer.json);
}

/** Decides which detections are shown, by threshold and classes, and says so. */
function filter(isWhole = true) {
    if (!answer) return;
    const total = {};
    let shown = 0;
    for (const detection of answer.detections) {
        const isShown = detection.score >= threshold && (chosen.size === 0 || chosen.has(detection.class_id));
        detection.isShown = isShown;
        detection.element.hidden = !isShown;
        if (detection.row) detection.row.hidden = !isShown;
        if (isShown) {
            shown += 1;
            total[detection.class] = (total[detection.class] ?? 0) + 1;
        }
    }
    if (answer.active !== null && !answer.detections[answer.active].isShown) highlight(answer.pinned = null);
    placeTags();
    if (!isWhole) return;
    const words = Object.entries(total).sort((left, right) => right[1] - left[1]).map(([name, number]) => `${number} ${name}`);
    $('summary').textContent = shown === 0 ? 'Nothing found' : count(shown, 'object');
    const notes = [];
    const hidden = answer.detections.length - shown;
    if (hidden > 0) notes.push(`${hidden} more ${hidden === 1 ? 'is' : 'are'} hidden.`);
    if (card && answer.detections.length >= card.defaults.max_detections) {
        notes.push(`The model gives its best ${card.defaults.max_detections} at most.`);
    }
    notes.push(...(answer.json.warnings ?? []));
    if (source?.remark) notes.unshift(source.remark);
    if (live?.rate) notes.unshift(`${live.rate.toFixed(live.rate < 10 ? 1 : 0)} pictures a second.`);
    $('note').textContent = notes.join(' ');
    $('note').hidden = notes.length === 0;
    $('nothing').hidden = shown > 0;
    $('nothing').textContent = answer.detections.length > 0
        ? 'Nothing scores as high as the threshold, of the classes that are chosen.'
        : 'The model found nothing that it knows in this picture.';
    for (const chip of $('chips').children) {
        const id = Number(chip.dataset.id);
        const number = answer.detections.filter((one) => one.class_id === id && one.score >= threshold).length;
        chip.querySelector('b').textContent = number;
        chip.setAttribute('aria-label', `${answer.classes.get(id)?.name ?? ''}, ${number} above the threshold`);
    }
    setStop();
    showLines();
    const spoken = `${$('summary').textContent}${words.length > 0 ? ': ' + words.join(', ') : ''}.`;
    if (!live) return say(spoken);
    if (performance.now() - (live.spoken ?? -SPOKEN_INTERVAL) >= SPOKEN_INTERVAL) {
        live.spoken = performance.now();
        say(spoken);
    }
}

function showTimes() {
    const times = answer.json.timing_ms;
    const stages = [
        ['decode', 'decode', times.decode], ['queue', 'queue', times.queue], ['inference', 'inference', times.inference],
        ['postprocess', 'boxes', times.postprocess], ['rest', 'network', Math.max(0, answer.roundTrip - times.total)],
    ];
    $('bar').replaceChildren(...stages.map(([stage, , value]) => {
        const part = make('i', { 'data-stage': stage });
        part.style.flexGrow = value;
        return part;
    }));
    const entry = (stage, words, value, className = '') => make('div', { className, 'data-stage': stage },
        make('dt', { textContent: words }), make('dd', { textContent: value.toFixed(value < 9.95 ? 1 : 0) }));
    $('times').replaceChildren(
        ...stages.map(([stage, words, value]) => entry(stage, words, value)),
        make('div', { className: 'sum' }, make('dt', { textContent: 'together' }),
            make('dd', { textContent: `${answer.roundTrip.toFixed(answer.roundTrip < 9.95 ? 1 : 0)} ms` })));
}

function showRows() {
    const focused = document.activeElement?.closest?.('#rows tr')?.dataset.index;
    $('rows').replaceChildren(...(answer?.detections ?? []).map(makeRow));
    $('rows').parentElement.hidden = !answer;
    if (!answer) {
        $('nothing').hidden = false;
        $('nothing').textContent = 'Nothing has been looked at yet.';
        $('answer').textContent = '';
    }
    if (focused !== undefined) $('rows').children[focused]?.querySelector('button').focus({ preventScroll: true });
}

function makeRow(detection) {
    const { xmin, ymin, xmax, ymax } = detection.box;
    const bar = make('i');
    bar.style.setProperty('--score', `${100 * detection.score}%`);
    const pick = make('button', { type: 'button', className: 'pick', tabIndex: -1 }, dot(detection.class_id), detection.class);
    const row = make('tr', {}, make('th', { scope: 'row' }, pick),
        make('td', {}, make('span', { className: 'score' }, detection.score.toFixed(3), bar)),
        make('td', {
            className: 'edges',
            textContent: `${Math.round(xmin)}, ${Math.round(ymin)} → ${Math.round(xmax)}, ${Math.round(ymax)}`,
        }));
    row.dataset.index = detection.index;
    row.hidden = !detection.isShown;
    Object.assign(detection, { row, pick });
    return row;
}

function showChips() {
    const focused = document.activeElement?.closest?.('.chip')?.dataset.id;
    const entries = [...answer.classes].sort((left, right) => right[1].total - left[1].total || left[0] - right[0]);
    $('chips').replaceChildren(...entries.map(([id, { name }]) => {
        const chip = make('button', { type: 'button', className: 'chip', 'aria-pressed': String(chosen.has(id)) },
            dot(id), name, make('b'));
        chip.dataset.id = id;
        return chip;
    }));
    $('classes').hidden = entries.length === 0;
    if (focused !== undefined) $('chips').querySelector(`[data-id="${focused}"]`)?.focus({ preventScroll: true });
}

/** JSON with what is short on one line. */
function pretty(value, indent = '') {
    const flat = JSON.stringify(value);
    if (value === null || typeof value !== 'object' || flat.length + indent.length < 72) {
        return flat.replace(/"(?:[^"\\]|\\.)*"|[,:]/g, (part) => part.length === 1 ? part + ' ' : part);
    }
    const inner = indent + '  ';
    const isList = Array.isArray(value);
    const members = Object.entries(value).map(([name, member]) =>
        inner + (isList ? '' : JSON.stringify(name) + ': ') + pretty(member, inner));
    return `${isList ? '[' : '{'}\n${members.join(',\n')}\n${indent}${isList ? ']' : '}'}`;
}

/* ------------------------------------------------------------------------------------------------------------------------
   Box and row together. */

/** Makes a detection stand out, in the photo and in the table; null for none. */
function highlight(index, scrolls = false) {
    if (!answer) return;
    const earlier = answer.detections[answer.active];
    earlier?.element.classList.remove('on');
    earlier?.row?.classList.remove('on');
    answer.active = index;
    const detection = answer.detections[index];
    $('boxes').classList.toggle('dim', detection !== undefined);
    if (!detection) return;
    detection.element.classList.add('on');
    detection.row?.classList.add('on');
    if (scrolls) scrollInto($('found'), detection.row);
}

/** Scrolls a row into what is to be seen of the table, and nothing else. */
function scrollInto(container, row) {
    if (!row || container.scrollHeight <= container.clientHeight) return;
    const [outer, inner] = [container.getBoundingClientRect(), row.getBoundingClientRect()];
    const head = 34;
    if (inner.top < outer.top + head) container.scrollTop -= outer.top + head - inner.top;
    if (inner.bottom > outer.bottom) container.scrollTop += inner.bottom - outer.bottom;
}

const indexAt = (element) => {
    const index = element?.closest?.('[data-index]')?.dataset.index;
    return index === undefined ? null : Number(index);
};

for (const id of ['boxes', 'rows']) {
    $(id).addEventListener('pointerover', (event) => {
        if (event.pointerType !== 'touch') highlight(indexAt(event.target) ?? answer?.pinned ?? null, id === 'boxes');
    });
    $(id).addEventListener('pointerleave', () => highlight(answer?.pinned ?? null));
    $(id).addEventListener('click', (event) => {
        const index = indexAt(event.target);
        // A hand that moved the photo has chosen nothing.
        if (index === null || (id === 'boxes' && moved > 4)) return;
        const wasPinned = answer.pinned === index;
        answer.pinned = wasPinned ? null : index;
        highlight(answer.pinned ?? (id === 'rows' ? index : null), id === 'boxes');
        setStop();
        if (id === 'rows') wasPinned ? fit() : zoomTo(answer.detections[index].box);
    });
}

/** One row is a stop of the Tab key; from there the arrow keys go on. */
function setStop(index = answer?.active) {
    if (!answer) return;
    const shown = answer.detections.filter((detection) => detection.isShown && detection.pick);
    const focused = shown.find((detection) => detection.pick === document.activeElement);
    const stop = focused ?? shown.find((detection) => detection.index === index) ?? shown[0];
    for (const detection of answer.detections) if (detection.pick) detection.pick.tabIndex = detection === stop ? 0 : -1;
}

$('rows').addEventListener('focusin', (event) => {
    const index = indexAt(event.target);
    if (index === null) return;
    highlight(index, true);
    setStop(index);
});
$('rows').addEventListener('focusout', () => highlight(answer?.pinned ?? null));
$('rows').addEventListener('keydown', (event) => {
    const shown = answer?.detections.filter((detection) => detection.isShown) ?? [];
    const at = shown.findIndex((detection) => detection.pick === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (event.key === 'Escape') {
        answer.pinned = null;
        fit();
    }
    if (to === undefined) return;
    event.preventDefault();
    shown[Math.max(0, Math.min(to, shown.length - 1))]?.pick.focus({ preventScroll: true });
});

/* ------------------------------------------------------------------------------------------------------------------------
   Threshold and classes. */

function setThreshold(value) {
    threshold = Math.round(value * 100) / 100;
    $('threshold').value = threshold;
    $('threshold-value').textContent = threshold.toFixed(2);
    filter();
}

$('threshold').min = FLOOR;
$('threshold').addEventListener('input', () => {
    $('threshold').dataset.moved = 'yes';
    setThreshold($('threshold').valueAsNumber);
});
$('chips').addEventListener('click', (event) => {
    const chip = event.target.closest('.chip');
    if (!chip) return;
    const id = Number(chip.dataset.id);
    chosen.has(id) ? chosen.delete(id) : chosen.add(id);
    chip.setAttribute('aria-pressed', String(chosen.has(id)));
    filter();
});

/* ------------------------------------------------------------------------------------------------------------------------
   The photo on its sheet: size, zoom, labels. */

/** The picture's pixels, CSS pixels of one of them when all of it is shown, and how much more that is now. */
const view = { width: 0, height: 0, fit: 1, zoom: 1 };
const maximumZoom = () => Math.max(8, 4 / view.fit);

function openViewer() {
    $('viewer').classList.remove('empty');
    $('start').hidden = true;
    $('scroll').hidden = false;
}

function closeViewer() {
    $('viewer').classList.add('empty');
    $('start').hidden = false;
    $('scroll').hidden = true;
}

/** The picture has this size, in pixels. */
function sizeSheet(width, height, isNew) {
    if (!isNew && width === view.width && height === view.height) return;
    Object.assign(view, { width, height });
    // Where the page scrolls, it takes its height from its width.
    $('scroll').style.aspectRatio = `${width} / ${height}`;
    $('scroll').style.minHeight = 'min(40dvh, 14rem)';
    fit();
}

function measure() {
    const box = $('scroll');
    // A picture of few pixels is not blown up beyond what can be made out.
    view.fit = Math.min(box.clientWidth / view.width, box.clientHeight / view.height, 6) || 1;
}

function fit() {
    $('scroll').classList.remove('zoomed');
    $('sheet').style.width = $('sheet').style.height = '0px';
    measure();
    setZoom(1);
}

/** Zooms so that the point at (x, y) of the viewport stays where it is; in the middle, unless it is named. */
function setZoom(zoom, x, y) {
    const box = $('scroll');
    const frame = box.getBoundingClientRect();
    const before = $('sheet').getBoundingClientRect();
    x ??= frame.left + box.clientWidth / 2;
    y ??= frame.top + box.clientHeight / 2;
    const at = [(x - before.left) / before.width, (y - before.top) / before.height];
    view.zoom = Math.min(Math.max(zoom, 1), maximumZoom());
    const scale = view.fit * view.zoom;
    $('sheet').style.width = `${Math.floor(view.width * scale)}px`;
    $('sheet').style.height = `${Math.floor(view.height * scale)}px`;
    if (before.width > 0) {
        const after = $('sheet').getBoundingClientRect();
        box.scrollLeft += after.left + at[0] * after.width - x;
        box.scrollTop += after.top + at[1] * after.height - y;
    }
    box.classList.toggle('zoomed', view.zoom > 1);
    $('zoom-fit').textContent = `${Math.round(100 * scale)} %`;
    $('zoom-fit').setAttribute('aria-label', `${Math.round(100 * scale)} percent: show all of it`);
    $('zoom-out').disabled = view.zoom <= 1;
    $('zoom-in').disabled = view.zoom >= maximumZoom();
    placeTags();
}

/** Shows a box with something around it. */
function zoomTo({ xmin, ymin, xmax, ymax }) {
    const box = $('scroll');
    measure();
    const zoom = Math.min(box.clientWidth / (xmax - xmin), box.clientHeight / (ymax - ymin)) / view.fit / 2.2;
    setZoom(zoom);
    const scale = view.fit * view.zoom;
    box.scrollLeft = (xmin + xmax) / 2 * scale - box.clientWidth / 2;
    box.scrollTop = (ymin + ymax) / 2 * scale - box.clientHeight / 2;
}

const ruler = make('canvas').getContext('2d');
ruler.font = '600 12px system-ui, sans-serif';
const widths = new Map();

function widthOf(text) {
    if (!widths.has(text)) {
        if (widths.size > 4000) widths.clear();
        widths.set(text, ruler.measureText(text).width + 14);
    }
    return widths.get(text);
}

/** Gives a label to each box for which there is room, the best first: above, below or within it. */
function placeTags() {
    if (!answer) return;
    const scale = view.fit * view.zoom;
    // The gap is for what borders and letters differ from what is reckoned here.
    const [sheetWidth, sheetHeight, height, gap] = [view.width * scale, view.height * scale, 20, 4];
    const taken = [];
    const isFree = (left, top, right, bottom) => top >= 0 && bottom <= sheetHeight && left >= -2 && right <= sheetWidth + 2
        && !taken.some((other) => left < other[2] + gap && right > other[0] - gap && top < other[3] + gap && bottom > other[1] - gap);
    for (const { box, tag, isShown } of answer.detections) {
        if (!isShown) continue;
        const [x0, y0, x1, y1] = [box.xmin * scale, box.ymin * scale, box.xmax * scale, box.ymax * scale];
        const width = widthOf(tag.textContent);
        const places = [
            ['above', y0 - height - 2, y0 - 2], ['within', y0, y0 + height], ['below', y1 + 2, y1 + height + 2],
        ].flatMap(([name, top, bottom]) => [[name, x0, top, x0 + width, bottom], [name + ' end', x1 - width, top, x1, bottom]]);
        const place = places.find(([, ...edges]) => isFree(...edges));
        if (place) taken.push(place.slice(1));
        // Without room it is shown when the box stands out, where most of it can be seen.
        const end = x0 + width > sheetWidth ? ' end' : '';
        tag.className = place ? `tag ${place[0]}` : `tag at-${y0 > height ? 'above' : 'within'}${end}`;
    }
}

$('zoom-in').addEventListener('click', () => setZoom(view.zoom * 1.5));
$('zoom-out').addEventListener('click', () => setZoom(view.zoom / 1.5));
$('zoom-fit').addEventListener('click', fit);
$('scroll').addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
        '+': () => setZoom(view.zoom * 1.5), '=': () => setZoom(view.zoom * 1.5), '-': () => setZoom(view.zoom / 1.5),
        0: fit, Escape: fit,
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
});
$('scroll').addEventListener('dblclick', (event) => {
    view.zoom > 1 ? fit() : setZoom(3, event.clientX, event.clientY);
});
// Also what a touchpad makes of two fingers.
$('scroll').addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    setZoom(view.zoom * Math.exp(-Math.max(-60, Math.min(event.deltaY * lines, 60)) / 120), event.clientX, event.clientY);
}, { passive: false });

/* A mouse moves what it holds; a finger scrolls by itself. */
let held = null;
let moved = 0;
$('scroll').addEventListener('pointerdown', (event) => {
    moved = 0;
    if (event.pointerType !== 'mouse' || event.button !== 0 || view.zoom <= 1) return;
    held = { x: event.clientX, y: event.clientY, left: $('scroll').scrollLeft, top: $('scroll').scrollTop };
    event.preventDefault();
    $('scroll').focus({ preventScroll: true });
});
window.addEventListener('pointermove', (event) => {
    if (!held) return;
    moved = Math.max(moved, Math.abs(event.clientX - held.x), Math.abs(event.clientY - held.y));
    $('scroll').classList.toggle('held', moved > 4);
    $('scroll').scrollLeft = held.left - (event.clientX - held.x);
    $('scroll').scrollTop = held.top - (event.clientY - held.y);
});
window.addEventListener('pointerup', () => {
    held = null;
    $('scroll').classList.remove('held');
});
let pinch = null;
const span = ([one, other]) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
$('scroll').addEventListener('touchstart', (event) => {
    pinch = event.touches.length === 2 ? { span: span(event.touches), zoom: view.zoom } : null;
}, { passive: true });
$('scroll').addEventListener('touchmove', (event) => {
    if (!pinch || event.touches.length !== 2) return;
    event.preventDefault();
    const [one, other] = event.touches;
    setZoom(pinch.zoom * span(event.touches) / pinch.span, (one.clientX + other.clientX) / 2, (one.clientY + other.clientY) / 2);
}, { passive: false });
new ResizeObserver(() => {
    if ($('scroll').hidden || view.width === 0) return;
    if (view.zoom > 1) {
        measure();
        setZoom(view.zoom);
    } else fit();
}).observe($('scroll'));

/* ------------------------------------------------------------------------------------------------------------------------
   Photos: dropped, pasted, chosen, the sample. */

/** Takes the first photo of several files. */
function take(files) {
    const photos = [...files].filter((file) => file.type.startsWith('image/') || file.type === '');
    const file = photos[0] ?? files[0];
    if (!file) return;
    look(file, file.name || 'photo', '', photos.length > 1 ? `This is the first of ${photos.length} photos.` : '');
}

const carriesFiles = (event) => [...event.dataTransfer?.types ?? []].some((type) => type === 'Files' || type === 'text/uri-list');
let dragDepth = 0;
window.addEventListener('dragenter', (event) => {
    if (!carriesFiles(event)) return;
    dragDepth += 1;
    $('drop').hidden = false;
});
window.addEventListener('dragleave', (event) => {
    if (!carriesFiles(event)) return;
    dragDepth = Math.max(0, dragDepth - 1);
    $('drop').hidden = dragDepth === 0;
});
window.addEventListener('dragover', (event) => { if (carriesFiles(event)) event.preventDefault(); });
window.addEventListener('drop', (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    dragDepth = 0;
    $('drop').hidden = true;
    if (event.dataTransfer.files.length > 0) return take(event.dataTransfer.files);
    showMessage(new Trouble(
        'That was a link', 'This page fetches nothing from other hosts: save the photo, and drop the file.'), 'photo');
});
window.addEventListener('paste', (event) => {
    if (event.clipboardData?.files.length > 0) {
        event.preventDefault();
        take(event.clipboardData.files);
    }
});
$('choose').addEventListener('click', () => $('file').click());
for (const id of ['file', 'snapshot']) {
    $(id).addEventListener('change', () => {
        take($(id).files);
        $(id).value = '';
    });
}
$('sample').addEventListener('click', async () => {
    try {
        const response = await fetch('sample.jpg');
        if (!response.ok) throw await Trouble.of(response);
        const address = quoted(new URL('sample.jpg', location.href).href);
        look(await response.blob(), 'sample.jpg', `curl -s ${address} | `);
    } catch (error) {
        showMessage(error instanceof Trouble ? error : new Trouble(
            'The service cannot be reached', `Nothing answers at ${location.origin}.`), 'photo');
    }
});

/* ------------------------------------------------------------------------------------------------------------------------
   The camera: a picture is taken, asked for and shown with its boxes; then the next one. */

async function startCamera(device) {
    if (!navigator.mediaDevices?.getUserMedia) {
        // A phone can take a single picture all the same.
        if (matchMedia('(pointer: coarse)').matches) return $('snapshot').click();
        return showMessage(new Trouble(
            'The camera is out of reach',
            'Browsers give it to pages over HTTPS or on localhost only: start the service with --tls-certificate and --tls-key, or ' +
            'open this page on the machine that it runs on.'), 'camera');
    }
    stopCamera();
    running?.abort();
    const session = live = { stream: null, since: performance.now() };
    setCameraButton();
    try {
        const wanted = device ? { deviceId: { exact: device } } : { facingMode: { ideal: 'environment' } };
        session.stream = await navigator.mediaDevices.getUserMedia({
            audio: false, video: { ...wanted, width: { ideal: 1280 }, height: { ideal: 720 } } });
        if (live !== session) return session.stream.getTracks().forEach((track) => track.stop());
        $('video').srcObject = session.stream;
        await $('video').play();
    } catch (error) {
        if (live !== session) return;
        stopCamera();
        return showMessage(new Trouble(...{
            NotAllowedError: ['The camera is not allowed', 'The browser was told not to give it to this page; its settings for this site say so.'],
            NotFoundError: ['There is no camera', 'This device has none, or none that was asked for.'],
            NotReadableError: ['The camera cannot be used', 'Another program may be using it.'],
        }[error.name] ?? ['The camera cannot be used', `${error.message || error.name}.`]), 'camera');
    }
    session.stream.getTracks()[0]?.addEventListener('ended', () => { if (live === session) stopCamera(); });
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === 'videoinput');
    session.device = session.stream.getTracks()[0]?.getSettings().deviceId;
    session.next = cameras[(cameras.findIndex((one) => one.deviceId === session.device) + 1) % cameras.length]?.deviceId;
    $('turn').hidden = cameras.length < 2;
    if (live !== session) return;
    hideMessage();
    openViewer();
    $('photo').hidden = true;
    $('frame').hidden = false;
    $('boxes').replaceChildren();
    answer = null;
    say('The camera is on.');
    await watch(session);
}

/** A picture that the camera has not given before. Also paced so that nothing is asked for a page that nobody sees. */
const nextPicture = (video) => new Promise((done) => {
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(done);
    else requestAnimationFrame(done);
});

async function watch(session) {
    const video = $('video');
    const shot = make('canvas');
    const request = session.request = new AbortController();
    let lastTable = -TABLE_INTERVAL;
    const ends = [];
    while (live === session) {
        await nextPicture(video);
        if (live !== session) return;
        shot.width = video.videoWidth;
        shot.height = video.videoHeight;
        shot.getContext('2d').drawImage(video, 0, 0);
        if (!answer) showFrame(shot);
        const blob = await new Promise((done) => shot.toBlob(done, 'image/jpeg', 0.85));
        if (live !== session) return;
        try {
            const start = performance.now();
            const json = await ask(`detect${query(FLOOR)}`, { method: 'POST', body: blob, signal: request.signal });
            if (live !== session) return;
            const now = performance.now();
            ends.push(now);
            while (ends.length > 2 && ends[0] < now - 2000) ends.shift();
            if (ends.length > 1) session.rate = 1000 * (ends.length - 1) / (now - ends[0]);
            const isFirst = !answer;
            const [active, pinned] = [answer?.active ?? null, answer?.pinned ?? null];
            hideMessage('camera');
            if (source?.url) URL.revokeObjectURL(source.url);
            source = { blob, name: 'picture.jpg' };
            showFrame(shot);
            const isWhole = now - lastTable >= TABLE_INTERVAL;
            if (isFirst) select($('tab-found'));
            showAnswer(json, now - start, false);
            if (isWhole) {
                lastTable = now;
                showTable();
                filter();
            }
            if (active !== null && answer.detections[active]?.isShown) highlight(active);
            if (pinned !== null && answer.detections[pinned]) answer.pinned = pinned;
        } catch (error) {
            if (live !== session || error.name === 'AbortError') return;
            if (error.status === 401 || !(error instanceof Trouble) || (!error.isNetwork && !error.retryAfter)) {
                stopCamera();
                return error.status === 401 ? askForKey(error) : showMessage(
                    error instanceof Trouble ? error : new Trouble('This page has failed', String(error)), 'camera');
            }
            // The service comes back, or has time again: the picture stays as it is until then.
            if ($('message').hidden) showMessage(error, 'camera');
            await pause((error.retryAfter ?? 2) * 1000);
        }
    }
}

function showFrame(shot) {
    const frame = $('frame');
    if (frame.width !== shot.width || frame.height !== shot.height) {
        frame.width = shot.width;
        frame.height = shot.height;
        sizeSheet(shot.width, shot.height, true);
    }
    frame.getContext('2d').drawImage(shot, 0, 0);
}

/** Ends it; the last picture stays, with what was found in it. */
function stopCamera() {
    const session = live;
    if (!session) return;
    live = null;
    session.request?.abort();
    session.stream?.getTracks().forEach((track) => track.stop());
    $('video').srcObject = null;
    $('turn').hidden = true;
    setCameraButton();
    if (!answer) return closeViewer();
    showTable();
    filter();
}

function setCameraButton() {
    $('camera').textContent = live ? 'Stop the camera' : 'Use the camera';
}

$('camera').addEventListener('click', () => { live ? stopCamera() : startCamera(); });
$('turn').addEventListener('click', () => startCamera(live?.next));

/* ------------------------------------------------------------------------------------------------------------------------
   The lines to copy. */

/** A word of a POSIX shell. */
const quoted = (text) => /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

function showLines() {
    const address = (asked) => quoted(new URL(`detect${asked}`, location.href).href);
    const data = source?.line ? '@-' : `@${source?.name ?? 'photo.jpg'}`;
    // The key itself is not shown: lines are copied to places where others read them.
    const access = key ? ' -H "X-API-Key: $KEY"' : '';
    const line = (asked) => `${source?.line ?? ''}curl${access} --data-binary ${quoted(data)} ${address(asked)}`;
    $('asked').textContent = line(query(FLOOR));
    // Names where they cannot be mistaken for several, numbers elsewhere.
    const names = [...chosen].map((id) => {
        const name = answer?.classes.get(id)?.name ?? '';
        return /^[\w -]+$/.test(name) && !/^\d+$/.test(name) ? encodeURIComponent(name) : id;
    });
    $('shown').textContent = line(
        query(threshold.toFixed(2), names.length > 0 ? '&classes=' + names.join(',') : ''));
}

document.addEventListener('click', async (event) => {
    const button = event.target.closest?.('.copy');
    if (!button) return;
    const element = $(button.dataset.copies);
    try {
        await navigator.clipboard.writeText(element.textContent);
    } catch {
        // Without HTTPS there is no clipboard for pages but this.
        getSelection().selectAllChildren(element);
        if (!document.execCommand('copy')) return;
    }
    button.textContent = 'Copied';
    say('Copied.');
    setTimeout(() => { button.textContent = 'Copy'; }, 1600);
});

/* ------------------------------------------------------------------------------------------------------------------------
   Tabs and theme. */

const tabs = [...$('tabs').children];

function select(tab) {
    for (const other of tabs) {
        const isSelected = other === tab;
        other.setAttribute('aria-selected', String(isSelected));
        other.tabIndex = isSelected ? 0 : -1;
        $(other.getAttribute('aria-controls')).hidden = !isSelected;
    }
}

$('tabs').addEventListener('click', (event) => {
    const tab = event.target.closest('[role=tab]');
    if (tab) select(tab);
});
$('tabs').addEventListener('keydown', (event) => {
    const at = tabs.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    select(tabs[to % tabs.length]);
    tabs[to % tabs.length].focus();
});

const themes = { '': 'Auto', light: 'Light', dark: 'Dark' };

function setTheme(theme) {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    $('theme-name').textContent = themes[theme];
    $('theme').setAttribute('aria-label', `Theme: ${themes[theme]}`);
    stored.set('localStorage', 'multibox-theme', theme);
}

$('theme').addEventListener('click', () => {
    const names = Object.keys(themes);
    setTheme(names[(names.indexOf(document.documentElement.dataset.theme ?? '') + 1) % names.length]);
});

const theme = stored.get('localStorage', 'multibox-theme');
setTheme(Object.hasOwn(themes, theme ?? '') ? theme ?? '' : '');
select($('tab-model'));
showRows();
showLines();
setThreshold(threshold);
if (key) $('key-button').hidden = false;
loadCard();
