// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"
)

// demoNodeVariable names the node of a demo where the flag does not.
const demoNodeVariable = "SEINHUIS_DEMO_NODE"

// errDemoNode says what a demo on a cluster needs.
var errDemoNode = fmt.Errorf(`a demo on a cluster needs servers of yours and a node on them that nobody uses:
  1. PostgreSQL with the roles of deploy/postgres/roles.sql and an empty database; an S3 store; Vault prepared by deploy/vault/setup
  2. seinhuis init --profile cluster --trial --oin %s --dir NODE, with --postgres, --s3 and --vault and what goes with them
  3. the secrets that it names, in NODE/%s
  4. seinhuis cluster setup --dir NODE
  5. seinhuis demo --profile cluster --node NODE`, demoOIN, secretsDir)

// profile completes the choice of what the demo runs on.
func (o *demoOptions) profile(p profile) error {
	switch {
	case p == profileCluster && o.node == "":
		return usage(errDemoNode)
	case p == profileStandalone:
		o.node = ""
	case p != profileCluster:
		return usage(fmt.Errorf("--profile must be %s or %s", profileStandalone, profileCluster))
	}
	return nil
}

// makeNodeWorld is makeWorld on a node of a cluster that exists. Its database must
// hold no party: a demo is not for a gateway that somebody uses.
func makeNodeWorld(ctx context.Context, dir, node string, logger *slog.Logger, now time.Time) (w *demoWorld, err error) {
	if node, err = filepath.Abs(node); err != nil {
		return nil, err
	}
	c, err := readConfig(node)
	if err != nil {
		return nil, err
	}
	if !c.cluster() || c.OIN != string(demoOIN) || !c.Postgres.Trial {
		return nil, usage(fmt.Errorf("%s is no trial node of OIN %s\n%w", node, demoOIN, errDemoNode))
	}
	w = &demoWorld{dir: dir, node: node, now: now}
	if err := w.unused(ctx, c); err != nil {
		return nil, err
	}
	if err := w.open(ctx, logger); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *demoWorld) unused(ctx context.Context, c config) error {
	t, _, err := openStores(ctx, w.node, c)
	if err != nil {
		return err
	}
	parties, err := t.Register.Parties(ctx)
	if err == nil && len(parties) > 0 {
		err = notReady(errors.New("the database of this node has parties; a demo needs an empty one"))
	}
	return errors.Join(err, t.Close())
}
