// SPDX-License-Identifier: EUPL-1.2

// Package files keeps the files of the audit log in a directory: checkpoint, tiles and bundles, under the paths that
// anyone who verifies or copies the log expects.
//
// It knows nothing of trees or signatures, changes no file in place, and never leaves its directory, whatever path or symbolic
// link it is given.
//
// Called by: cmd/seinhuis, for the standalone profile.
package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// fresh holds files that are being written; it is on the same volume as their place, so that a rename is atomic.
const fresh = ".nieuw"

const (
	fileMode = 0o640
	dirMode  = 0o750
)

// ErrPath says that a path is not one of a log: absolute, escaping, or other than checkpoint and tile/….
var ErrPath = errors.New("not the path of a log file")

// Tiles is an [audit.Tiles] on a directory. One process at a time may write; any number may read.
type Tiles struct {
	root *os.Root
	mu   sync.Mutex      // one Write at a time
	dirs map[string]bool // directories known to be there, durably
	next uint64          // name of the next fresh file
}

// Open takes a directory, which must exist, and clears what an interrupted write left behind.
func Open(dir string) (*Tiles, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open audit directory: %w", err)
	}
	err = errors.Join(root.RemoveAll(fresh), root.Mkdir(fresh, dirMode))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("clear audit directory: %w", err), root.Close())
	}
	return &Tiles{root: root, dirs: map[string]bool{".": true}}, nil
}

// Close lets go of the directory.
func (t *Tiles) Close() error { return t.root.Close() }

// FS is the log as a file system, for verification and export.
func (t *Tiles) FS() fs.FS { return t.root.FS() }

// Read implements [audit.Tiles].
func (t *Tiles) Read(_ context.Context, name string) ([]byte, error) {
	if err := check(name); err != nil {
		return nil, err
	}
	return t.root.ReadFile(name)
}

// Write implements [audit.Tiles]. Every file is written and synced under a fresh name, then all are renamed, then every
// directory concerned is synced once. Partial files whose full file was written are deleted.
func (t *Tiles) Write(ctx context.Context, files []audit.File) (err error) {
	for _, f := range files {
		if err := check(f.Path); err != nil {
			return err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var written []string
	defer func() { // what was renamed is not there any more; removing it again is harmless
		for _, name := range written {
			_ = t.root.Remove(name)
		}
	}()
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		name := path.Join(fresh, strconv.FormatUint(t.next, 10))
		t.next++
		written = append(written, name)
		if err := t.put(name, f.Data); err != nil {
			return fmt.Errorf("write audit file: %w", err)
		}
	}
	if err := t.place(files, written); err != nil {
		return fmt.Errorf("place audit file: %w", err)
	}
	t.prune(files)
	return nil
}

// put writes one file and syncs it.
func (t *Tiles) put(name string, data []byte) error {
	f, err := t.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// place renames the fresh files to their places, and syncs the directories that changed, deepest first.
func (t *Tiles) place(files []audit.File, written []string) error {
	changed := map[string]bool{}
	for i, f := range files {
		dir := path.Dir(f.Path)
		for d := dir; !t.dirs[d]; d = path.Dir(d) {
			changed[path.Dir(d)] = true
		}
		if err := t.root.MkdirAll(dir, dirMode); err != nil {
			return err
		}
		if err := t.root.Rename(written[i], f.Path); err != nil {
			return err
		}
		changed[dir] = true
	}
	order := make([]string, 0, len(changed))
	for d := range changed {
		order = append(order, d)
	}
	slices.SortFunc(order, func(a, b string) int { return len(b) - len(a) })
	for _, d := range order {
		if err := t.sync(d); err != nil {
			return err
		}
	}
	for _, d := range order { // only now is it sure that they stay
		t.dirs[d] = true
	}
	return nil
}

func (t *Tiles) sync(dir string) error {
	d, err := t.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// prune deletes the partial files that full ones have replaced. A failure leaves clutter and nothing else, so it is not an error.
func (t *Tiles) prune(files []audit.File) {
	for _, f := range files {
		if f.Path == proof.CheckpointPath || strings.Contains(f.Path, ".p/") {
			continue
		}
		partial := f.Path + ".p"
		if _, err := t.root.Stat(partial); err == nil {
			_ = t.root.RemoveAll(partial)
			delete(t.dirs, partial)
		}
	}
}

// check lets through the checkpoint and files below tile/; os.Root guards against links besides.
func check(name string) error {
	if name == proof.CheckpointPath || fs.ValidPath(name) && strings.HasPrefix(name, "tile/") {
		return nil
	}
	return ErrPath
}
