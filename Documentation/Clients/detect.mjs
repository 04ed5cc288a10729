// Finds objects in photos with a running multibox: in a page of any origin that `--cors-origin` names, or in Node 18 and
// later (`node detect.mjs photo.jpg http://localhost:8080`).

/**
 * The answer of the service for a photo.
 *
 * @param {Blob | ArrayBuffer | Uint8Array} photo JPEG, PNG or WebP.
 * @param {{url: string, key?: string, options?: Record<string, string>, signal?: AbortSignal}} service where it is, a key
 *   where it asks for one, and options such as `{threshold: "0.3"}`.
 * @returns {Promise<{detections: {class: string, score: number, box: object}[]}>}
 * @throws {Error} with the service's own words.
 */
export async function detect(photo, {url, key, options = {}, signal}) {
    const headers = {"Content-Type": "application/octet-stream"};
    if (key) headers.Authorization = `Bearer ${key}`;
    const answer = await fetch(`${url}/detect?${new URLSearchParams(options)}`, {
        method: "POST",
        body: photo,
        headers,
        signal,
    });
    if (answer.ok) return answer.json();
    const isProblem = answer.headers.get("Content-Type") === "application/problem+json";
    const problem = isProblem ? await answer.json() : {title: `status ${answer.status}`, detail: ""};
    const wait = answer.headers.get("Retry-After");
    throw new Error(`${problem.title}: ${problem.detail}${wait ? ` (ask again in ${wait} s)` : ""}`);
}

if (typeof process !== "undefined" && process.argv[1]?.endsWith("detect.mjs")) {
    const {readFile} = await import("node:fs/promises");
    const [path, url = "http://localhost:8080", key] = process.argv.slice(2);
    try {
        const {detections} = await detect(await readFile(path), {url, key});
        for (const {class: name, score, box} of detections) {
            console.log([path, name, score, box.xmin, box.ymin, box.xmax, box.ymax].join("\t"));
        }
    } catch (error) {
        console.error(`${path}: ${error.message}`);
        process.exitCode = 1;
    }
}
