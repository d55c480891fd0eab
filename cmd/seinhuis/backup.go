// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/backup"
	"github.com/seinhuis/seinhuis/keys"
)

const (
	recoveryFile  = "herstelsleutel.pub" // the public half that archives are encrypted to
	archiveSuffix = ".reservekopie"
)

// The folders of an archive.
const (
	folderSpool = "aanleveringen"
	folderSetup = "installatie"
)

func newBackup(g *globals) *cobra.Command {
	return group("backup", "Make, verify and restore archives, and show what a restore lost",
		`An archive is one file: all of truth, sealed bodies as they rest, files that wait,
and the configuration, as of one moment. It is encrypted to a recovery key whose
private half is kept on no server, and signed by the gateway. The gateway's keys are
not in it: keep the keyring (or Vault's own snapshots) apart.
docs/runbooks/restore.md tells all steps.`,
		newBackupKey(g), newBackupMake(g), newBackupVerify(g), newBackupRestore(g), newBackupGap(g), newBackupSettle(g))
}

// backupView is the outcome of backup make and verify for machines.
type backupView struct {
	File     string       `json:"file"`
	ID       gateway.UUID `json:"id"`
	Made     string       `json:"made"`
	Bytes    int64        `json:"bytes"`
	Schema   int          `json:"schema"`
	Key      string       `json:"recoveryKey"`
	Tables   int          `json:"tables,omitempty"`
	Rows     int64        `json:"rows,omitempty"`
	Files    int          `json:"files,omitempty"`
	Gone     int          `json:"filesGone,omitempty"`
	Scopes   []string     `json:"scopes,omitempty"`
	Log      int64        `json:"log"`
	Origin   string       `json:"origin,omitempty"`
	Root     string       `json:"root,omitempty"`
	Waiting  int64        `json:"waiting"`
	Last     string       `json:"last,omitempty"`
	Seconds  float64      `json:"seconds"`
	Opened   bool         `json:"opened"` // the content was read, and not the signature alone
	Verified bool         `json:"verified"`
}

func viewOf(path string, m backup.Manifest, s backup.Statement, began time.Time) backupView {
	v := backupView{File: path, ID: s.ID, Made: moment(s.Made), Bytes: s.Size, Schema: s.Schema, Key: s.Key, Tables: len(m.Tables), Rows: m.Rows(),
		Files: len(m.Files), Gone: m.Gone, Scopes: m.Scopes, Log: s.Log.Size, Origin: s.Log.Origin, Root: s.Log.Root, Waiting: s.Log.Rows - s.Log.Size, Last: s.Log.Last,
		Seconds: time.Since(began).Seconds(), Opened: m.ID != ""}
	if info, err := os.Stat(path); err == nil {
		v.Bytes = info.Size()
	}
	return v
}

func (v backupView) print(w io.Writer) {
	fmt.Fprintf(w, "archive\t%s\nid\t%s\nmade\t%s\nsize\t%d bytes\n", v.File, v.ID, v.Made, v.Bytes)
	if v.Opened {
		fmt.Fprintf(w, "truth\t%d rows in %d tables, schema %d\nfiles\t%d\n", v.Rows, v.Tables, v.Schema, v.Files)
	}
	if v.Gone > 0 {
		fmt.Fprintf(w, "gone\t%d files were done with meanwhile\n", v.Gone)
	}
	fmt.Fprintf(w, "log\t%d entries of %s, and %d that wait for a checkpoint\nlast entry\t%s\n", v.Log, orDash(v.Origin), v.Waiting, orDash(v.Last))
	fmt.Fprintf(w, "recovery key\t%s\ntook\t%.1f s\n", v.Key, v.Seconds)
}

func newBackupMake(g *globals) *cobra.Command {
	var to string
	c := &cobra.Command{
		Use: "make --to DIR", Short: "Write a new archive; the gateway may be serving", Args: exactly(0),
		Long: `Writes one archive of this moment into DIR, named for the gateway and the moment. It
does not keep the gateway waiting. Bring it to another place, and look at the result
of backup verify there. What was committed after it began is not in it.`,
		Example: "  seinhuis backup make --to /mnt/reserve",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var w wrongFlags
			w.need("to", to)
			if err := w.err(); err != nil {
				return err
			}
			v, err := makeBackup(cmd.Context(), g, to)
			if err != nil {
				return err
			}
			return show(cmd, g, v, v.print)
		},
	}
	c.Flags().StringVar(&to, "to", "", "folder for the archive (required)")
	return c
}

// makeBackup logs that an archive is made and makes it: an archive that nobody
// knows of would be a copy of truth outside the log.
func makeBackup(ctx context.Context, g *globals, to string) (v backupView, err error) {
	key, err := readRecoveryKey(filepath.Join(g.dir, recoveryFile))
	if err != nil {
		return v, err
	}
	if info, err := os.Stat(to); err != nil || !info.IsDir() {
		return v, notReady(fmt.Errorf("--to: %s is no folder", to))
	}
	err = withKeys(ctx, g, func(b *books, ring keyStore) error {
		ports, err := b.backupPorts(ctx, ring)
		if err != nil {
			return err
		}
		deed := deed{event: audit.BackupMade, object: audit.Object(audit.KindKey, key.ID())}
		if err := b.logged(ctx, nil, deed); err != nil {
			return err
		}
		path := filepath.Join(to, fmt.Sprintf("seinhuis-%s-%s%s", b.config.OIN, b.now.UTC().Format("20060102T150405Z"), archiveSuffix))
		v, err = writeArchive(ctx, path, ports, key, b.now)
		return err
	})
	return v, err
}

// writeArchive writes beside the final name and renames: a file with that name
// is whole.
func writeArchive(ctx context.Context, path string, p backup.Ports, key backup.RecoveryKey, now time.Time) (v backupView, err error) {
	if _, err := os.Lstat(path); err == nil {
		return v, fmt.Errorf("%s exists already", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".reservekopie-*")
	if err != nil {
		return v, err
	}
	defer os.Remove(f.Name()) // gone after the rename
	began := time.Now()
	m, s, err := backup.Make(ctx, p, key, now, f)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return v, err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return v, err
	}
	return viewOf(path, m, s, began), syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// backupPorts is what an archive of this installation is made of.
func (b *books) backupPorts(ctx context.Context, ring keyStore) (backup.Ports, error) {
	known, err := logVerifiers(b.dir)
	if err != nil {
		return backup.Ports{}, err
	}
	p := backup.Ports{Owner: gateway.OIN(b.config.OIN), Source: b.truth.Backup, Signer: jose.NewIssuer(ring, keys.ReceiptSigning), Log: known}
	spool, err := b.spoolFolder(ctx)
	if err != nil {
		return p, err
	}
	names, err := setupFiles(b.dir, b.config)
	if err != nil {
		return p, err
	}
	p.Folders = append(p.Folders, spool, backup.Folder{Name: folderSetup, Files: os.DirFS(b.dir), Names: names})
	return p, nil
}

// setupFiles are the files of the configuration that are in the installation and
// hold no secret. What lies elsewhere is the operator's to keep.
func setupFiles(dir string, c config) ([]string, error) {
	names := []string{configFile, verifierFile, recoveryFile}
	for _, path := range []string{c.Routing, c.Policies, c.TLS.ClientCAs, c.TLS.CRL, c.TLS.Certificate} {
		if path == "" || filepath.IsAbs(path) || !filepath.IsLocal(path) {
			continue
		}
		err := fs.WalkDir(os.DirFS(dir), filepath.ToSlash(filepath.Clean(path)), func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				names = append(names, name)
			}
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return names, nil
}

func newBackupVerify(g *globals) *cobra.Command {
	var keyFile, signers, verifier string
	c := &cobra.Command{
		Use: "verify FILE", Short: "See that an archive is whole and is what the gateway signed", Args: exactly(1),
		Long: `Without --key it reads the file to the end and checks the signature over all of it:
whoever keeps archives can do that. With the recovery key it also decrypts all of it,
counts and digests every table and file, and computes the tree of the log again from
its rows, which must give the root in the signed checkpoint.

The gateway's public keys come from --signers (a copy of /v1/sleutels), or from the
installation in --dir; those of the log from --verifier, or from there.`,
		Example: `  seinhuis backup verify seinhuis-….reservekopie --signers sleutels.json
  seinhuis backup verify seinhuis-….reservekopie --key /media/kluis/herstelsleutel`,
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := verifyBackup(cmd.Context(), g, args[0], keyFile, signers, verifier)
			if err != nil {
				return err
			}
			return show(cmd, g, v, func(w io.Writer) {
				v.print(w)
				if v.Opened {
					fmt.Fprintln(w, "verified\tsignature, every row and file, and the log")
				} else {
					fmt.Fprintln(w, "verified\tsignature only; give --key to verify the content")
				}
			})
		},
	}
	c.Flags().StringVar(&keyFile, "key", "", "file with the private half of the recovery key")
	c.Flags().StringVar(&signers, "signers", "", "file with the gateway's public keys (JWKS)")
	c.Flags().StringVar(&verifier, "verifier", "", "file with the keys of the log (verifier.txt)")
	return c
}

func verifyBackup(ctx context.Context, g *globals, path, keyFile, signers, verifier string) (v backupView, err error) {
	known, err := publicSigners(ctx, g.dir, signers)
	if err != nil {
		return v, err
	}
	began := time.Now()
	if keyFile == "" {
		s, err := inspectFile(ctx, path, known)
		if err != nil {
			return v, err
		}
		v = viewOf(path, backup.Manifest{}, s, began)
		v.Verified = true
		return v, nil
	}
	secret, err := readRecoverySecret(keyFile)
	if err != nil {
		return v, err
	}
	f, err := os.Open(path)
	if err != nil {
		return v, err
	}
	defer f.Close()
	dir := g.dir
	m, s, err := backup.Read(ctx, f, backup.Reading{Signers: known, Key: secret, Log: func() (note.Verifiers, error) {
		if verifier != "" {
			return readVerifiers(verifier)
		}
		return logVerifiers(dir)
	}})
	if err != nil {
		return v, err
	}
	v = viewOf(path, m, s, began)
	v.Verified = true
	return v, nil
}

func inspectFile(ctx context.Context, path string, known proof.KeySet) (backup.Statement, error) {
	f, err := os.Open(path)
	if err != nil {
		return backup.Statement{}, err
	}
	defer f.Close()
	return backup.Inspect(ctx, f, known)
}

// publicSigners gives the keys that the gateway signs with: from a file, or from
// the installation.
func publicSigners(ctx context.Context, dir, path string) (proof.KeySet, error) {
	if path != "" {
		doc, err := os.ReadFile(path)
		if err != nil {
			return proof.KeySet{}, err
		}
		return proof.ParseKeySet(doc)
	}
	c, err := readConfig(dir)
	if err != nil {
		return proof.KeySet{}, fmt.Errorf("give --signers, or --dir with an installation: %w", err)
	}
	ring, err := openKeys(ctx, dir, c)
	if err != nil {
		return proof.KeySet{}, err
	}
	doc, err := publicKeys{ring}.JWKS(ctx)
	if err := errors.Join(err, ring.Close()); err != nil {
		return proof.KeySet{}, err
	}
	return proof.ParseKeySet(doc)
}

// readVerifiers reads keys of the log from a file of the officer's own keeping.
func readVerifiers(path string) (note.Verifiers, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, notReady(err)
	}
	known, err := proof.Verifiers(keyLines(data)...)
	if err != nil {
		return nil, notReady(fmt.Errorf("%s: %w", path, err))
	}
	return known, nil
}
