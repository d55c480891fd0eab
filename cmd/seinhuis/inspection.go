// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// witnessConfig names a party that may cosign the log, and its key.
type witnessConfig struct {
	Party string `yaml:"partij"`  // OIN
	Key   string `yaml:"sleutel"` // verifier key, as sein getuige sleutel prints it
}

// witnessKeys reads the witnesses of the configuration.
func (c config) witnessKeys() (map[gateway.OIN]proof.Witness, error) {
	found := map[gateway.OIN]proof.Witness{}
	names := map[string]bool{}
	var wrong []error
	for i, w := range c.Witnesses {
		oin, err := gateway.ParseOIN(w.Party)
		key, err2 := proof.NewWitness(w.Key)
		switch err := errors.Join(err, err2); {
		case err != nil:
			wrong = append(wrong, fmt.Errorf("getuigen[%d]: %w", i, err))
		case names[key.Name()] || found[oin].Name() != "":
			wrong = append(wrong, fmt.Errorf("getuigen[%d]: party or name of key is there twice", i))
		default:
			found[oin], names[key.Name()] = key, true
		}
	}
	return found, errors.Join(wrong...)
}

// publishedLog reads the log's directory beside the sequencer that writes it.
type publishedLog struct{ files fs.FS }

func openLog(dir string) publishedLog { return publishedLog{os.DirFS(filepath.Join(dir, logDir))} }

// FS implements logFiles.
func (l publishedLog) FS() fs.FS { return l.files }

// Read implements audit.Tiles.
func (l publishedLog) Read(_ context.Context, name string) ([]byte, error) {
	return fs.ReadFile(l.files, name)
}

// Write refuses: the sequencer writes.
func (publishedLog) Write(context.Context, []audit.File) error {
	return errors.New("the log is only read here")
}

// openWitnesses wires who may cosign the log.
func openWitnesses(dir string, c config, log logFiles, store audit.Cosignatures) (*audit.Witnesses, error) {
	known, err := logVerifiers(dir)
	if err != nil {
		return nil, err
	}
	found, err := c.witnessKeys()
	if err != nil {
		return nil, err
	}
	return audit.NewWitnesses(audit.WitnessConfig{Tiles: log, Cosignatures: store, Verifiers: known, Origin: c.Origin, Keys: found})
}

// inspection wires what officers verify with, and the keys they compare.
func (s *installation) inspection() (*oversight.Inspection, []string, error) {
	list, err := verifierKeys(s.dir)
	if err != nil {
		return nil, nil, err
	}
	known, err := logVerifiers(s.dir)
	if err != nil {
		return nil, nil, err
	}
	i, err := oversight.NewInspection(oversight.InspectionPorts{Journal: s.truth.Journal, Rows: s.truth.Rows, Tiles: s.log, Sights: s.truth.Sights,
		Witnesses: s.witnesses, Verifiers: known, Origin: s.config.Origin})
	return i, list, err
}

// cosigned gives what registered witnesses cosigned, for an export.
func (b *books) cosigned(ctx context.Context) (files []audit.File, err error) {
	found, err := b.config.witnessKeys()
	if err != nil || len(found) == 0 {
		return nil, err
	}
	all, err := b.truth.Cosignatures.Cosigned(ctx)
	for _, c := range all {
		if key, ok := found[c.Party]; ok && key.Name() == c.Witness {
			files = append(files, audit.File{Path: key.CosignedPath(), Data: c.Checkpoint})
		}
	}
	return files, err
}
