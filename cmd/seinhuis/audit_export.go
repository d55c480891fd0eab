// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// exportView is the outcome of audit export for machines.
type exportView struct {
	File     string `json:"file"`
	Verifier string `json:"verifier"`
	Files    int    `json:"files"`
}

func newAuditExport(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "export FILE.zip", Short: "Copy the published log into a zip for an officer; that you did is logged", Args: exactly(1),
		Long: `Writes the log as it is published into a new zip, and the key to verify it with into
a file beside it: FILE.verifier.txt. Give the key by another way than the log, once;
who keeps his own copy can see a replaced one.`,
		Example: `  seinhuis audit export logboek-2026-11.zip
  seincheck log logboek-2026-11.zip --key-file logboek-2026-11.verifier.txt`,
		RunE: func(cmd *cobra.Command, args []string) error {
			path := args[0]
			if filepath.Ext(path) != ".zip" {
				return usage(errors.New("FILE must end in .zip"))
			}
			return withBooks(cmd.Context(), g, func(b *books) error {
				v, err := b.export(cmd, path)
				if err != nil {
					return err
				}
				return show(cmd, g, v, func(w io.Writer) {
					fmt.Fprintf(w, "log\t%s (%d files)\nkey\t%s\n", v.File, v.Files, v.Verifier)
				})
			})
		},
	}
}

// export logs first, then copies. A file that exists is never replaced.
func (b *books) export(cmd *cobra.Command, path string) (v exportView, err error) {
	v = exportView{File: path, Verifier: strings.TrimSuffix(path, ".zip") + ".verifier.txt"}
	for _, p := range []string{v.File, v.Verifier} {
		if _, err := os.Lstat(p); err == nil {
			return v, fmt.Errorf("%s exists already; name another file", p)
		}
	}
	dir := b.log.FS()
	if _, err := fs.Stat(dir, proof.CheckpointPath); err != nil {
		return v, notReady(errors.New("the log has no checkpoint yet; the gateway makes one when it runs (seinhuis serve)"))
	}
	key, err := os.ReadFile(filepath.Join(b.dir, verifierFile))
	if err != nil {
		return v, notReady(err)
	}
	if err := b.looked(cmd.Context(), audit.LogExported); err != nil {
		return v, err
	}
	cosigned, err := b.cosigned(cmd.Context())
	if err != nil {
		return v, err
	}
	if v.Files, err = zipLog(dir, path, cosigned); err != nil {
		return v, err
	}
	return v, writeNew(v.Verifier, key, 0o644)
}

// zipLog writes the log into a new zip; after an error no zip is left.
func zipLog(dir fs.FS, path string, cosigned []audit.File) (n int, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(path)
		}
	}()
	z := zip.NewWriter(f)
	n, err = addLog(z, dir)
	for _, c := range cosigned {
		w, failed := z.Create(c.Path)
		if failed == nil {
			_, failed = w.Write(c.Data)
		}
		err, n = errors.Join(err, failed), n+1
	}
	return n, errors.Join(err, z.Close(), f.Sync(), f.Close())
}

// addLog takes the checkpoint first: what it covers is on disk by then, and
// what is published after it is more than it covers, which does no harm.
func addLog(z *zip.Writer, dir fs.FS) (n int, err error) {
	if err := addFile(z, dir, proof.CheckpointPath); err != nil {
		return 0, err
	}
	n = 1
	err = fs.WalkDir(dir, "tile", func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // nothing there, or a partial tile that its full one has just replaced
		}
		if err != nil || d.IsDir() {
			return err
		}
		if err := addFile(z, dir, name); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		n++
		return nil
	})
	return n, err
}

func addFile(z *zip.Writer, dir fs.FS, name string) error {
	data, err := fs.ReadFile(dir, name)
	if err != nil {
		return err
	}
	w, err := z.Create(name)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}
