// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/backup"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

func newBackupRestore(g *globals) *cobra.Command {
	var keyFile, signers, ownerPassword string
	c := &cobra.Command{
		Use: "restore FILE --key FILE", Short: "Fill an empty installation from an archive", Args: exactly(1),
		Long: `Verifies the archive, and then fills the directory in --dir with it: truth, files that
waited, the log, and what it has of the configuration where there is none yet. A
database that exists is never touched. Where --dir is a node of a cluster, its engines
are filled instead; they must be set up and empty. Bring the keyring and its unlock secret
yourself: they are not in an archive.

The result does not serve: first show what was lost (backup gap) and settle it.`,
		Example: `  seinhuis backup restore seinhuis-….reservekopie --dir /var/lib/seinhuis \
      --key /media/kluis/herstelsleutel --signers sleutels.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var w wrongFlags
			w.need("key", keyFile)
			if err := w.err(); err != nil {
				return err
			}
			v, err := restoreBackup(cmd.Context(), g.dir, args[0], keyFile, signers, ownerPassword, time.Now())
			if err != nil {
				return err
			}
			return show(cmd, g, v, func(w io.Writer) {
				v.print(w)
				fmt.Fprintln(w, "restored\tit serves when you have settled what was lost: seinhuis backup gap, then seinhuis backup settle")
			})
		},
	}
	c.Flags().StringVar(&keyFile, "key", "", "file with the private half of the recovery key (required)")
	c.Flags().StringVar(&signers, "signers", "", "file with the gateway's public keys (JWKS), when the keyring is not in place yet")
	c.Flags().StringVar(&ownerPassword, "owner-password", "", "into a cluster: file with the password of the schema's owner, seinhuis_beheer")
	return c
}

// restoreBackup verifies, loads and rebuilds. Truth comes last of what a gateway
// cannot start without, and is marked as restored in the transaction that fills it.
func restoreBackup(ctx context.Context, dir, archive, keyFile, signers, ownerPassword string, now time.Time) (v backupView, err error) {
	began := time.Now()
	secret, err := readRecoverySecret(keyFile)
	if err != nil {
		return v, err
	}
	sink, spool, err := emptyStore(dir, ownerPassword)
	if err != nil {
		return v, err
	}
	known, err := publicSigners(ctx, dir, signers)
	if err != nil {
		return v, err
	}
	said, err := inspectFile(ctx, archive, known)
	if err != nil {
		return v, err
	}
	if c, err := readConfig(dir); err == nil && c.OIN != string(said.Issuer) {
		return v, fmt.Errorf("the archive is of another gateway (%s) than the configuration here", said.Issuer)
	}
	for _, d := range []string{dir, filepath.Join(dir, logDir), filepath.Join(dir, spoolDir), filepath.Join(dir, sftpDir)} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return v, err
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return v, err
	}
	defer root.Close()
	f, err := os.Open(archive)
	if err != nil {
		return v, err
	}
	defer f.Close()
	var m backup.Manifest
	err = sink.Load(ctx, said.Schema, func(l backup.Load) error {
		q := backup.Reading{Signers: known, Key: secret, Log: func() (note.Verifiers, error) { return logVerifiers(dir) }, Load: l, Shelf: setupShelf{root, spool},
			Mark: &backup.Passage{Kind: backup.Restored, Archive: said.ID, Made: said.Made, At: now, Rows: said.Log.Rows}}
		var again backup.Statement
		if m, again, err = backup.Read(ctx, f, q); err == nil && again != said {
			err = errors.New("the archive was replaced while it was read")
		}
		return err
	})
	if err != nil {
		return v, err
	}
	v = viewOf(archive, m, said, began)
	return v, withBooks(ctx, &globals{dir: dir}, func(b *books) error {
		err := b.rebuildLog(ctx)
		v.Seconds = time.Since(began).Seconds()
		return err
	})
}

// emptyInstallation refuses a directory that holds truth or a log.
func emptyInstallation(dir string) error {
	for _, name := range []string{databaseFile, filepath.Join(logDir, proof.CheckpointPath)} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return fmt.Errorf("%w: %s is in %s; restore into an empty directory, and keep what is here as evidence", backup.ErrNotEmpty, name, dir)
		}
	}
	return nil
}

// setupShelf puts files of an archive into an installation.
type setupShelf struct {
	root  *os.Root
	spool batch.Spool // of a cluster; nil for the directory
}

// Put implements [backup.Shelf]. What the operator put in place already stays.
func (s setupShelf) Put(ctx context.Context, folder, name string, data []byte) error {
	if !fs.ValidPath(name) {
		return backup.ErrItem
	}
	mode := os.FileMode(0o600)
	switch folder {
	case folderSetup:
		mode = 0o644
		if name == configFile {
			mode = 0o600
		}
	case folderSpool:
		if s.spool != nil {
			_, _, err := s.spool.Put(ctx, name, bytes.NewReader(data))
			return err
		}
		name = path.Join(spoolDir, name)
	default:
		return fmt.Errorf("%w: it has a folder that this program does not know", backup.ErrNewer)
	}
	if err := s.root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// rebuildLog writes the published log from the rows. A log that is there is left
// alone.
func (b *books) rebuildLog(ctx context.Context) error {
	if _, err := b.log.Read(ctx, proof.CheckpointPath); err == nil {
		return nil
	}
	size, head, err := b.truth.Heads.LastHead(ctx)
	if err != nil || size == 0 {
		return err
	}
	known, err := logVerifiers(b.dir)
	if err != nil {
		return err
	}
	tiles, give, err := b.tiles()
	if err != nil {
		return err
	}
	_, err = audit.Rebuild(ctx, b.truth.Rows, tiles, head, known)
	return errors.Join(err, give())
}
