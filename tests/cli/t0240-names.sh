#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Names: what `git fsck` takes for .git or a link in place of one of Git's own
# files, sluice takes for that too, and for nothing else.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"

python=${SL_PYTHON:-python3}
git init -q names
cd names || exit 1
cat >policy.yaml <<'YAML'
sluice: 1
name: names
rules:
  path/git:
    kind: path
    scope: tree
    git-names: deny
  path/clash:
    kind: path
    collisions: deny
YAML
git config sluice.policy "$PWD/policy.yaml"

# Each name in a folder of its own, as a file, a folder and a link. In the
# commit's tree are those that are right to Git's own object checks apart from
# what is asked here: no '/', no NUL, not empty.
cat >make.py <<'PYTHON'
import hashlib, json, os, subprocess, sys, zlib

dot = [".git", "git~1", ".gitmodules", ".gitattributes", ".gitignore",
       ".mailmap", "gitmod~1", "GITATT~4", "gitign~5", "mailma~2",
       "gi7eba~1", "gi7d29~9", "gi250a~3", "maba30~1", "gi7eb~12", "gi7~1234",
       "~1000000", "~0000000", "gi7ebA~1", "gi7eba~0", "gi7ebb~1", "maba~12a"]
hfs = [chr(c) for c in (0x200b, 0x200c, 0x200f, 0x2010, 0x202a, 0x202e, 0x202f,
                        0x2069, 0x206a, 0x206f, 0x2070, 0xfeff, 0xad)]
names = {".gitx", "git~2", "git", "..git", ". git", "g.it", ".GiT", ".gI\u0131t",
         ".g\u0131t", ".\uff47it", "\u200c.git", "x", "...", "~1", "COM1"}
for d in dot:
    names.update({d, d.upper(), d + ".", d + " ", d + " . .", d + ":", d + ". :x",
                  d + "::$INDEX_ALLOCATION", d + "x", d + ".x", "x" + d,
                  d[:-1], d + "\u00a0"})
for h in hfs:
    names.update({".g" + h + "it", ".git" + h, ".gitmod" + h + "ules",
                  h + ".mailmap"})
raw = {n.encode() for n in names} | {b".git\xff", b".gi\xfft", b".git\xe2\x80",
                                     b".gitmodules\xff", b"\xff.git"}


def store(kind, data):
    data = b"%s %d\0" % (kind.encode(), len(data)) + data
    oid = hashlib.sha1(data).hexdigest()
    folder = ".git/objects/" + oid[:2]
    os.makedirs(folder, exist_ok=True)
    with open(folder + "/" + oid[2:], "wb") as f:
        f.write(zlib.compress(data))
    return oid


blob = store("blob", b"x")
inner = store("tree", b"100644 f\0" + bytes.fromhex(blob))
root, folder_of = b"", {}
entries = []
for i, name in enumerate(sorted(raw)):
    for sort, mode, oid in (("f", b"100644", blob), ("l", b"120000", blob),
                            ("t", b"40000", inner)):
        folder = "%s%03d" % (sort, i)
        tree = store("tree", mode + b" " + name + b"\0" + bytes.fromhex(oid))
        folder_of.setdefault(tree, []).append(folder)
        entries.append((folder, tree))
for folder, tree in sorted(entries):
    root += b"40000 " + folder.encode() + b"\0" + bytes.fromhex(tree)
root = store("tree", root)
commit = subprocess.run(["git", "commit-tree", "-m", "names", root],
                        stdout=subprocess.PIPE, check=True
                        ).stdout.decode().strip()
subprocess.run(["git", "update-ref", "refs/heads/main", commit], check=True)
fsck = subprocess.run(["git", "fsck", "--no-dangling"],
                      stderr=subprocess.STDOUT, stdout=subprocess.PIPE)
expected = set()
for line in fsck.stdout.decode().splitlines():
    words = line.split()
    if len(words) > 4 and words[1:3] == ["in", "tree"] and words[4].lower() in (
            "hasdotgit:", "gitmodulessymlink:", "gitattributessymlink:",
            "gitignoresymlink:", "mailmapsymlink:"):
        expected.update(folder_of[words[3].rstrip(":")])
report = subprocess.run(["sluice", "check", "--format=json", "main"],
                        stdout=subprocess.PIPE)
findings = json.loads(report.stdout)["findings"]
found = {f["path"].split("/")[0] for f in findings if f["rule"] == "path/git"}
for folder in sorted(expected ^ found):
    name = sorted(raw)[int(folder[1:])]
    print(folder, name, "only git" if folder in expected else "only sluice")
print(len(entries), "entries,", len(expected), "of them dangerous to git")
sys.exit(expected != found or len(expected) < 100)
PYTHON
check 'what git fsck refuses is refused, and nothing else' \
	"$python" make.py
says ' of them dangerous to git'

# --- names that meet because of a rename in the push itself ---
cd ..
mv names/policy.yaml .
rm -rf names
git init -q meet
cd meet || exit 1
git config sluice.policy ../policy.yaml
git config core.ignorecase false
mkdir lib
echo a >lib/train.py
echo b >lib/Net.py
git add lib
git commit -qm 'Two files'
check 'names apart' sluice check
git mv lib/train.py lib/net.py
git commit -qm 'Rename one'
refuse 1 'a rename makes two names meet' sluice check
says 'lib/net.py and lib/Net.py are one and the same'
mkdir -p LIB
echo c >LIB/x.py
git add LIB
git commit -qm 'A folder of the same name' -q
refuse 1 'two folders meet' sluice check
says 'lib and LIB are one and the same'

done_testing
