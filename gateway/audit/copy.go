// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// CopyLog streams the whole published log under a checkpoint as a zip that seincheck log verifies: checkpoint, tiles, all
// entries, and what witnesses cosigned. Bundles of entries whose term is over and that are gone are left out.
func CopyLog(ctx context.Context, w io.Writer, store Tiles, checkpoint []byte, size int64, cosigned []File) error {
	z := zip.NewWriter(w)
	for _, f := range append([]File{{proof.CheckpointPath, checkpoint}}, cosigned...) {
		if err := addFile(z, f.Path, f.Data, zip.Deflate); err != nil {
			return err
		}
	}
	for level, row := 0, size; row > 0; level, row = level+1, row>>proof.TileHeight {
		for n := int64(0); n*proof.TileWidth < row; n++ {
			width := int(min(proof.TileWidth, row-n*proof.TileWidth))
			data, err := readTile(ctx, store, proof.TilePath(level, n, width), width)
			if err != nil {
				return fmt.Errorf("audit: copy tile: %w", err)
			}
			if err := addFile(z, proof.TilePath(level, n, width), data, zip.Store); err != nil {
				return err
			}
			if level > 0 {
				continue
			}
			if err := copyEntries(ctx, z, store, n, width); err != nil {
				return err
			}
		}
	}
	return z.Close()
}

// copyEntries copies one bundle of entries, or the longer one that has taken its place; the checkpoint says how many count.
func copyEntries(ctx context.Context, z *zip.Writer, store Tiles, n int64, width int) error {
	path := proof.EntriesPath(n, width)
	data, err := store.Read(ctx, path)
	if full := proof.FullPath(path); errors.Is(err, fs.ErrNotExist) && full != path {
		path = full
		data, err = store.Read(ctx, full)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("audit: copy entries: %w", err)
	}
	return addFile(z, path, data, zip.Deflate)
}
