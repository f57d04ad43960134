// The root key's signature over the trust list, keys.sig (FORMATS 2), and the way from a pinned root to its successors.
import { Malformed, equal, toBase64, utf8, concat } from "./bytes.js";
import { checkKey, verifies } from "./ed25519.js";
import { ED25519_TYPE, isSignedBy, keyId, parseNote, parseVkey } from "./notes.js";
import { parseList } from "./trust.js";

const SUCCESSION = "giaouoc/root-succession/1";
const SUCCESSION_TYPE = concat(Uint8Array.of(0xff), utf8(SUCCESSION));

/**
 * {trust, root}: the list, if the pinned root or its last successor signed it and its sequence is not below `minimumSeq`.
 * Pin `root` (a vkey text) and `trust.seq` from now on. Throws Malformed.
 */
export async function verifyList(listBytes, signatureBytes, pinnedRoot, minimumSeq = 1) {
  const note = parseNote(signatureBytes);
  const root = await currentRoot(note, await parseVkey(pinnedRoot));
  if (!(await isSignedBy(note, root))) throw new Malformed("unsigned");
  const trust = await parseList(listBytes);
  if (note.text !== `${root.name}\n${trust.seq}\n${toBase64(trust.digest)}\n`) throw new Malformed("not_this_list");
  if (trust.seq < minimumSeq) throw new Malformed("lower_seq");
  return { trust, root: root.text };
}

async function currentRoot(note, pinned) {
  const seen = [];
  let root = pinned;
  for (;;) {
    if (seen.includes(root.text)) throw new Malformed("bad_succession");
    seen.push(root.text);
    const successor = await successorOf(note, root);
    if (successor === null) return root;
    root = successor;
  }
}

async function successorOf(note, root) {
  const id = await keyId(root.name, SUCCESSION_TYPE, root.key);
  const found = note.lines.filter((line) => line.name === root.name && line.id === id).map((line) => line.signature);
  if (found.length === 0) return null;
  if (found.some((one) => !equal(one, found[0]))) throw new Malformed("bad_succession"); // a root hands over once
  const key = found[0].slice(0, 32);
  try {
    checkKey(key);
  } catch {
    throw new Malformed("bad_succession");
  }
  const keyIdText = await keyId(root.name, ED25519_TYPE, key);
  const vkey = `${root.name}+${keyIdText}+${toBase64(concat(ED25519_TYPE, key))}`;
  const statement = utf8(`${SUCCESSION}\n${root.name}\n${vkey}\n`);
  if (!(await verifies(root.key, found[0].slice(32), statement))) throw new Malformed("bad_succession");
  return { name: root.name, key, id: keyIdText, text: vkey };
}
