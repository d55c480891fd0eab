// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

func TestWrongUnlock(t *testing.T) {
	b := newBench(t)
	for name, unlock := range map[string][]byte{"other": NewUnlock(), "short": b.unlock[:31], "none": nil, "long": append(b.unlock[:32:32], 0)} {
		if k, err := Open(b.path, unlock, b.clock.now); !errors.Is(err, ErrUnlock) || k != nil {
			t.Errorf("%s unlock secret: %v, want ErrUnlock", name, err)
		}
		if k, err := Create(b.path+name, unlock, start, Options{}); name != "other" && (!errors.Is(err, ErrUnlock) || k != nil) {
			t.Errorf("create with %s unlock secret: %v, want ErrUnlock", name, err)
		}
	}
}

// Every byte of the file is authenticated: header, salt, nonce, ciphertext and tag.
func TestEveryByteCounts(t *testing.T) {
	b := newBench(t)
	raw := b.raw(t)
	unlock := newSecret(b.unlock)
	for i := range raw {
		bad := bytes.Clone(raw)
		bad[i] ^= 0x40
		if plain, err := openBytes(bad, unlock); plain != nil || (!errors.Is(err, ErrUnlock) && !errors.Is(err, ErrFormat)) {
			t.Fatalf("byte %d flipped: %v", i, err)
		}
	}
	for n := range raw {
		if plain, err := openBytes(raw[:n], unlock); plain != nil || err == nil {
			t.Fatalf("cut to %d bytes: opened", n)
		}
	}
	if _, err := openBytes(append(bytes.Clone(raw), 0), unlock); !errors.Is(err, ErrUnlock) {
		t.Errorf("one byte more: %v", err)
	}
}

// A damaged file under a running keyring stops it at the next look, and a repaired one starts it again.
func TestFailsClosedAndRecovers(t *testing.T) {
	b := newBench(t)
	w := wrapOne(t, b.Keyring, "GM0268/2026-11", "a", "x")
	raw := b.raw(t)
	bad := bytes.Clone(raw)
	bad[len(bad)/2] ^= 1
	for name, breakIt := range map[string]func(){
		"damaged": func() { must(t, os.WriteFile(b.path, bad, 0o600)) },
		"cut":     func() { must(t, os.WriteFile(b.path, raw[:100], 0o600)) },
		"gone":    func() { must(t, os.Remove(b.path)) },
		"open":    func() { must(t, os.WriteFile(b.path, raw, 0o600)); must(t, os.Chmod(b.path, 0o644)) },
	} {
		breakIt()
		b.clock.advance(time.Second)
		if _, err := b.MAC(t.Context(), nil); name != "open" && !errors.Is(err, keys.ErrUnavailable) {
			t.Errorf("%s: MAC = %v, want ErrUnavailable", name, err)
		}
		if _, err := unwrapOne(t, b.Keyring, "GM0268/2026-11", "a", w); !errors.Is(err, keys.ErrUnavailable) {
			t.Errorf("%s: Unwrap = %v, want ErrUnavailable", name, err)
		}
		if err := b.Rotate(t.Context(), keys.NoticeSigning); !errors.Is(err, keys.ErrUnavailable) {
			t.Errorf("%s: Rotate = %v, want ErrUnavailable", name, err)
		}
		_ = os.Remove(b.path)
		must(t, os.WriteFile(b.path, raw, 0o600))
		b.clock.advance(time.Second)
		if got, err := unwrapOne(t, b.Keyring, "GM0268/2026-11", "a", w); err != nil || got != "x" {
			t.Errorf("%s, then repaired: %q, %v", name, got, err)
		}
	}
}

func TestRollbackIsRefused(t *testing.T) {
	b := newBench(t)
	w := wrapOne(t, b.Keyring, "GM0268/2026-11", "a", "te vergeten")
	old := b.raw(t)
	must(t, b.Destroy(t.Context(), "GM0268/2026-11"))
	must(t, os.WriteFile(b.path, old, 0o600))
	if _, err := unwrapOne(t, b.Keyring, "GM0268/2026-11", "a", w); !errors.Is(err, ErrRollback) || !errors.Is(err, keys.ErrUnavailable) {
		t.Errorf("Unwrap with the old file back = %v, want ErrRollback", err)
	}
	if err := b.Rotate(t.Context(), keys.NoticeSigning); !errors.Is(err, ErrRollback) {
		t.Errorf("Rotate with the old file back = %v, want ErrRollback", err)
	}
}

func TestRekeyLocksOldCopiesOut(t *testing.T) {
	b := newBench(t)
	w := wrapOne(t, b.Keyring, "GM0268/2026-11", "a", "x")
	other := b.second(t)
	next := NewUnlock()
	must(t, b.Rekey(t.Context(), next))
	must(t, b.Rotate(t.Context(), keys.SubjectBlinding))
	if _, err := Open(b.path, b.unlock, b.clock.now); !errors.Is(err, ErrUnlock) {
		t.Errorf("old secret: %v, want ErrUnlock", err)
	}
	if _, err := unwrapOne(t, other, "GM0268/2026-11", "a", w); !errors.Is(err, keys.ErrUnavailable) {
		t.Errorf("process with the old secret: %v, want ErrUnavailable", err)
	}
	k, err := Open(b.path, next, b.clock.now)
	must(t, err)
	defer k.Close()
	if got, err := unwrapOne(t, k, "GM0268/2026-11", "a", w); err != nil || got != "x" {
		t.Errorf("new secret: %q, %v", got, err)
	}
}

func TestCreateNeverReplaces(t *testing.T) {
	b := newBench(t)
	before := b.raw(t)
	if _, err := Create(b.path, b.unlock, start, Options{}); !errors.Is(err, ErrExists) {
		t.Errorf("second Create: %v, want ErrExists", err)
	}
	if !bytes.Equal(before, b.raw(t)) {
		t.Error("the file changed")
	}
}

func TestFilesArePrivate(t *testing.T) {
	b := newBench(t)
	wrapOne(t, b.Keyring, "GM0268/2026-11", "a", "x")
	entries, err := os.ReadDir(filepath.Dir(b.path))
	must(t, err)
	if len(entries) != 2 {
		t.Errorf("%d files, want the keyring and its lock", len(entries))
	}
	for _, e := range entries {
		info, err := e.Info()
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", e.Name(), info.Mode())
		}
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o660, 0o644, 0o444} {
		must(t, os.Chmod(b.path, mode))
		if _, err := Open(b.path, b.unlock, b.clock.now); !errors.Is(err, ErrMode) {
			t.Errorf("mode %v: %v, want ErrMode", mode, err)
		}
	}
}

func TestUnlockFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ontgrendeling")
	unlock := NewUnlock()
	must(t, WriteUnlock(path, unlock))
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || info.Size() != 44 {
		t.Errorf("file is %v, %v", info, err)
	}
	if got, err := ReadUnlock(path); err != nil || !bytes.Equal(got, unlock) {
		t.Errorf("came back different: %v", err)
	}
	if err := WriteUnlock(path, NewUnlock()); !errors.Is(err, ErrExists) {
		t.Errorf("second write: %v, want ErrExists", err)
	}
	if err := WriteUnlock(path+"2", unlock[:16]); !errors.Is(err, ErrUnlock) {
		t.Errorf("short secret: %v, want ErrUnlock", err)
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o622, 0o601} {
		must(t, os.Chmod(path, mode))
		if got, err := ReadUnlock(path); !errors.Is(err, ErrMode) || got != nil {
			t.Errorf("mode %v: %v, want ErrMode", mode, err)
		}
	}
	must(t, os.Chmod(path, 0o400))
	line, err := os.ReadFile(path)
	must(t, err)
	must(t, os.Chmod(path, 0o600))
	for name, text := range map[string]string{
		"empty": "", "half": string(line[:20]), "two": string(line) + string(line), "padded": string(line[:43]) + "=\n",
		"space": " " + string(line), "loose bits": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB\n", "split": "\n" + string(line),
	} {
		must(t, os.WriteFile(path, []byte(text), 0o600))
		if got, err := ReadUnlock(path); !errors.Is(err, ErrUnlock) || got != nil {
			t.Errorf("%s: %v, want ErrUnlock", name, err)
		}
	}
	if _, err := ReadUnlock(filepath.Dir(path)); !errors.Is(err, ErrMode) {
		t.Errorf("a folder: %v, want ErrMode", err)
	}
}

func TestPrivateMode(t *testing.T) {
	for _, c := range []struct {
		mode           fs.FileMode
		uid, gid, euid int
		want           bool
	}{
		{0o600, 1000, 1000, 1000, true},
		{0o400, 0, 0, 0, true},
		{0o440, 0, 0, 1000, true}, // systemd credential
		{0o440, 0, 0, 0, false},
		{0o440, 0, 50, 1000, false},
		{0o440, 1000, 0, 1000, false},
		{0o444, 0, 0, 1000, false},
		{0o640, 0, 0, 1000, false},
		{0o440, -1, -1, 1000, false},
	} {
		if got := privateMode(c.mode, c.uid, c.gid, c.euid); got != c.want {
			t.Errorf("%v owner %d:%d read by %d: %v, want %v", c.mode, c.uid, c.gid, c.euid, got, c.want)
		}
	}
}
