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
	"path/filepath"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// verifier is the public key of the log, as an officer would have been given
// it when the log was opened.
func (w *demoWorld) verifier() string {
	data, err := os.ReadFile(filepath.Join(w.home(), verifierFile))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// demoOfficer is the account of the officer of the demo.
const demoOfficer gateway.UUID = "5f2d8c1e-3c54-4b7a-9a51-0c2f4f8d6e10"

// invite gives a one-time code for the console, and says how to get more.
func (w *demoWorld) invite(ctx context.Context, out io.Writer) error {
	claims := oversight.Claims{Account: demoOfficer, Roles: []oversight.Role{oversight.RoleProcessor, oversight.RolePolicy}, Origin: audit.Local}
	d := codeGiven(claims)
	now := time.Now()
	if err := w.gateway.book.append(ctx, d.event, audit.ByOperator(gateway.NewTrace()), d.object, now, audit.Codes(d.codes...)); err != nil {
		return err
	}
	code, err := w.gateway.console.codes.Give(claims, now)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, `
The officers' console: %s
   one-time code: %s  (once, within ten minutes)
   more of them:  seinhuis officer login --dir %s --role toezicht --party %s
`, w.gateway.console.url, code, w.home(), demoCreditors[energy].OIN)
	return err
}

// verify recomputes the whole log from its files, and proves one receipt to be
// in it.
func (s *story) verify(ctx context.Context) error {
	if err := s.publish(ctx); err != nil {
		return err
	}
	evidence, err := s.creditors[energy].Proof(ctx, s.receipt.ReportID)
	if err != nil {
		return err
	}
	if !evidence.Proven {
		return errors.New("the first receipt could not be proven")
	}
	report, err := s.check(ctx, s.world.gateway.log.FS())
	if err != nil {
		return err
	}
	if !report.OK() {
		return fmt.Errorf("the log does not verify: %v", report.Findings)
	}
	s.logSize = report.Size
	s.say("   %d entries recomputed from the files with the public key alone: root %s", report.Size, report.Root)
	s.say("   The receipt of report %s is proven to be in it.", s.receipt.ReportID)
	return nil
}

// publish takes everything so far into the log. Whoever has the watch is at it
// too, and one of the two is first.
func (s *story) publish(ctx context.Context) error {
	for {
		_, err := s.world.gateway.sequencer.Integrate(ctx)
		if !errors.Is(err, audit.ErrHeadMoved) {
			return err
		}
	}
}

func (s *story) check(ctx context.Context, log fs.FS) (proof.Report, error) {
	known, err := proof.Verifiers(s.world.verifier())
	if err != nil {
		return proof.Report{}, err
	}
	return proof.Verify(ctx, log, proof.Options{Verifiers: known})
}

// tamper flips one byte in a copy of the log and shows that it is found.
func (s *story) tamper(ctx context.Context) error {
	copied := filepath.Join(s.world.dir, "logboek-vervalst")
	if err := os.CopyFS(copied, s.world.gateway.log.FS()); err != nil {
		return err
	}
	entries, err := bundles(copied)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(entries)
	if err != nil {
		return err
	}
	// Somebody wants a refusal to look like an acceptance.
	at := bytes.Index(data, []byte(`geweigerd`))
	if at < 0 {
		at = len(data) / 2
	}
	data[at] ^= 1
	if err := os.WriteFile(entries, data, 0o600); err != nil {
		return err
	}
	report, err := s.check(ctx, os.DirFS(copied))
	if err != nil {
		return err
	}
	if report.OK() {
		return errors.New("a changed byte was not found")
	}
	s.say("   In a copy, byte %d of %s was flipped. seincheck says:", at, filepath.Base(entries))
	s.say("     %s (%s)", report.Findings[0].Text, report.Findings[0].Code)
	return nil
}

// bundles finds one file of entries in a log directory.
func bundles(dir string) (found string, err error) {
	err = filepath.WalkDir(filepath.Join(dir, "tile", "entries"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && found == "" {
			found = path
		}
		return err
	})
	if err == nil && found == "" {
		err = errors.New("the log has no entries")
	}
	return found, err
}
