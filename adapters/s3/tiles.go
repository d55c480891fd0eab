// SPDX-License-Identifier: EUPL-1.2

package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// ErrPath says that a path is not one of a log: absolute, escaping, or other than checkpoint and tile/….
var ErrPath = errors.New("not the path of a log file")

const (
	// historyPrefix is where checkpoints are kept that nobody can replace, each under its size.
	historyPrefix = "checkpoints/"
	// historyEach is how many entries lie between two of them at most, as many as a full bundle has: what is locked of the
	// tree is under a checkpoint that is locked too.
	historyEach = proof.TileWidth
	// historyAtLeast is how long a log that hardly grows may go without one.
	historyAtLeast = time.Hour
)

// Tiles is an [audit.Tiles] on a bucket with object lock. Full tiles and bundles are locked in compliance mode when they
// are written: nobody, the store's operator included, changes or deletes them before the years are over. Partial ones and
// the checkpoint are replaced; of the checkpoint a locked copy is kept for every 256 entries and every hour. Any number of
// processes may write: an older checkpoint never replaces a newer one.
type Tiles struct {
	s    *Store
	mu   sync.Mutex
	kept time.Time // when this process last kept a checkpoint
}

// Tiles gives the bucket of the log.
func (s *Store) Tiles() *Tiles { return &Tiles{s: s} }

// Read implements [audit.Tiles].
func (t *Tiles) Read(ctx context.Context, path string) ([]byte, error) {
	data, _, err := t.read(ctx, path)
	return data, err
}

func (t *Tiles) read(ctx context.Context, path string) (data []byte, at time.Time, err error) {
	if !isLog(path) {
		return nil, at, ErrPath
	}
	err = t.s.turn(ctx, func(ctx context.Context) error {
		var info minio.ObjectInfo
		data, info, err = t.s.whole(ctx, t.s.c.Log, path)
		at = info.LastModified
		return err
	})
	if code(err) == codeNoKey {
		return nil, at, &fs.PathError{Op: "read", Path: path, Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, at, t.s.fail("s3:GetObject", t.s.c.Log, err)
	}
	return data, at, nil
}

// Write implements [audit.Tiles]. It fails with [audit.ErrHeadMoved] when the checkpoint that is there covers more than the
// one it should write. Partial files whose full file was written are deleted.
func (t *Tiles) Write(ctx context.Context, files []audit.File) error {
	var plain, checkpoints []audit.File
	for _, f := range files {
		switch {
		case !isLog(f.Path):
			return ErrPath
		case f.Path == proof.CheckpointPath:
			checkpoints = append(checkpoints, f)
		default:
			plain = append(plain, f)
		}
	}
	err := t.s.each(ctx, len(plain), func(ctx context.Context, i int) error {
		if isPartial(plain[i].Path) {
			_, err := t.s.put(ctx, t.s.c.Log, plain[i].Path, plain[i].Data, minio.PutObjectOptions{})
			return t.s.fail("s3:PutObject", t.s.c.Log, err)
		}
		if err := t.lock(ctx, plain[i].Path, plain[i].Data); err != nil {
			return err
		}
		t.prune(ctx, plain[i].Path)
		return nil
	})
	for _, f := range checkpoints { // what it covers is there now
		if err == nil {
			err = t.s.turn(ctx, func(ctx context.Context) error { return t.checkpoint(ctx, f.Data) })
		}
	}
	return err
}

// lock stores what is final. The same again is fine and makes no version; other content becomes the newest version, and the
// one that was there stays under its lock for whoever asks how that could be.
func (t *Tiles) lock(ctx context.Context, path string, data []byte) error {
	o := minio.PutObjectOptions{Mode: minio.Compliance, RetainUntilDate: time.Now().AddDate(t.s.c.LogYears, 0, 0)}
	err := t.s.putNew(ctx, t.s.c.Log, path, data, o)
	if errors.Is(err, errTaken) {
		_, err = t.s.put(ctx, t.s.c.Log, path, data, o)
	}
	return t.s.fail(putNeeds(o), t.s.c.Log, err)
}

// prune deletes the partial files that a full one has replaced. A failure leaves clutter and nothing else, so it is not an
// error.
func (t *Tiles) prune(ctx context.Context, full string) {
	found, err := t.s.versions(ctx, t.s.c.Log, full+".p/", func(key string) bool { return strings.HasPrefix(key, full+".p/") })
	if err == nil && len(found) > 0 {
		_ = t.s.remove(ctx, t.s.c.Log, found)
	}
}

// checkpoint replaces the checkpoint that it read, and no other: a writer that was late finds another one there and looks
// again. The version that was replaced is removed, because a store gets slow with an object of a million versions; the
// history is in copies of its own.
func (t *Tiles) checkpoint(ctx context.Context, data []byte) error {
	bucket := t.s.c.Log
	for range tries {
		there, info, err := t.s.whole(ctx, bucket, proof.CheckpointPath)
		var o minio.PutObjectOptions
		switch {
		case code(err) == codeNoKey:
			o.SetMatchETagExcept("*")
		case err != nil:
			return t.s.fail("s3:GetObject", bucket, err)
		case bytes.Equal(there, data): // also by a first try whose answer was lost
			return nil
		case sizeOf(there) > sizeOf(data) && sizeOf(data) >= 0:
			return fmt.Errorf("%w: a checkpoint of %d entries is published, and this one has %d", audit.ErrHeadMoved, sizeOf(there), sizeOf(data))
		default:
			o.SetMatchETag(info.ETag)
		}
		if err := t.keep(ctx, there, data); err != nil {
			return err
		}
		_, err = t.s.put(ctx, bucket, proof.CheckpointPath, data, o)
		switch c := code(err); {
		case err == nil:
			if info.VersionID != "" {
				_ = t.s.client.RemoveObject(ctx, bucket, proof.CheckpointPath, minio.RemoveObjectOptions{VersionID: info.VersionID})
			}
			return nil
		case c != codeTaken && c != codeConflict && c != codeNoKey:
			return t.s.fail("s3:PutObject", bucket, err)
		}
	}
	return gateway.Fail(gateway.KindUnavailable, &refusal{"other writers keep replacing the checkpoint; the gateway's operator must see to it that one sequencer runs", nil})
}

// keep stores a locked copy of a checkpoint when the last one is 256 entries or an hour away.
func (t *Tiles) keep(ctx context.Context, was, next []byte) error {
	size := sizeOf(next)
	if size < 0 {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if was != nil && size/historyEach == sizeOf(was)/historyEach && time.Since(t.kept) < historyAtLeast {
		return nil
	}
	if err := t.lock(ctx, historyName(size), next); err != nil {
		return err
	}
	t.kept = time.Now()
	return nil
}

// historyName sorts as numbers do.
func historyName(size int64) string { return fmt.Sprintf("%s%016d", historyPrefix, size) }

// sizeOf reads how many entries a checkpoint says to cover: its second line. It believes nothing of it; -1 when it says
// nothing.
func sizeOf(checkpoint []byte) int64 {
	lines := bytes.SplitN(checkpoint, []byte("\n"), 3)
	if len(lines) < 3 {
		return -1
	}
	n, err := strconv.ParseInt(string(lines[1]), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// isLog lets through the checkpoint and files below tile/.
func isLog(path string) bool {
	return path == proof.CheckpointPath || fs.ValidPath(path) && strings.HasPrefix(path, "tile/")
}

func isPartial(path string) bool { return strings.Contains(path, ".p/") }
