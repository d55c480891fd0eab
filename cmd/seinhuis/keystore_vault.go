// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/vault"
)

// vaultKeys is the key store of a node: Vault as the roles that a node has. The
// gateway's role uses keys, that of retention ends scopes, and an operator's,
// where the configuration has it, changes keys.
type vaultKeys struct {
	*vault.Store
	retention *vault.Store

	operate func(ctx context.Context) (*vault.Store, error)
	mu      sync.Mutex
	opened  *vault.Store // as the operator, once it was needed
}

// errNoOperator answers a change of keys where only a node's roles are.
var errNoOperator = errors.New("vault.rollen.beheer is not in " + configFile + ": keys are changed where the operator's login is, which is no node")

// openVault logs in as the roles of a node.
func openVault(ctx context.Context, dir string, c config) (*vaultKeys, error) {
	k := &vaultKeys{operate: func(ctx context.Context) (*vault.Store, error) {
		if c.Vault.Roles.Operator == nil {
			return nil, notReady(errNoOperator)
		}
		return c.Vault.enter(ctx, dir, "beheer", c.Vault.Roles.Operator)
	}}
	var err error
	if k.Store, err = c.Vault.enter(ctx, dir, "poort", c.Vault.Roles.Gateway); err != nil {
		return nil, err
	}
	if k.retention, err = c.Vault.enter(ctx, dir, "bewaring", c.Vault.Roles.Retention); err != nil {
		return nil, errors.Join(err, k.Store.Close())
	}
	return k, nil
}

// enter logs in as one role.
func (v *vaultConfig) enter(ctx context.Context, dir, name string, r *vaultRole) (*vault.Store, error) {
	c, err := v.as(dir, name, r)
	if err != nil {
		return nil, notReady(err)
	}
	store, err := vault.Open(ctx, c)
	if errors.Is(err, keys.ErrUnknown) {
		err = errors.New("it has no keys of this gateway yet; run: seinhuis cluster setup")
	}
	if err != nil {
		return nil, notReady(fmt.Errorf("role %s of Vault: %w", name, err))
	}
	return store, nil
}

// as is the configuration of one role.
func (v *vaultConfig) as(dir, name string, r *vaultRole) (vault.Config, error) {
	c := vault.Config{Address: v.Address, CAFile: in(dir, v.CA), Namespace: v.Namespace, Mount: v.Mount}
	private := r.SecretID
	if v.Login == loginCertificate {
		private = r.Key
		c.Certificate = &vault.Certificate{Mount: v.LoginMount, Role: name, CertFile: in(dir, r.Certificate), KeyFile: in(dir, r.Key)}
	} else {
		c.AppRole = &vault.AppRole{Mount: v.LoginMount, Role: name, RoleID: r.RoleID, SecretIDFile: in(dir, r.SecretID)}
	}
	if err := privatePath(in(dir, private)); err != nil {
		return c, fmt.Errorf("vault.rollen.%s: %w", name, err)
	}
	return c, nil
}

// Scopes and Destroy are of retention; the rest of what changes keys of the
// operator.

// Scopes implements retention.Keys.
func (k *vaultKeys) Scopes(ctx context.Context) ([]keys.Scope, error) {
	return k.retention.Scopes(ctx)
}

// Destroy implements retention.Keys.
func (k *vaultKeys) Destroy(ctx context.Context, scope string) error {
	return k.retention.Destroy(ctx, scope)
}

// Rotate implements keyChanges.
func (k *vaultKeys) Rotate(ctx context.Context, use keys.Use) error {
	return k.change(ctx, func(s *vault.Store) error { return s.Rotate(ctx, use) })
}

// Retire implements keyChanges.
func (k *vaultKeys) Retire(ctx context.Context, kid string) error {
	return k.change(ctx, func(s *vault.Store) error { return s.Retire(ctx, kid) })
}

// EnsurePS256 implements keyChanges.
func (k *vaultKeys) EnsurePS256(ctx context.Context) error {
	return k.change(ctx, func(s *vault.Store) error { return s.EnsurePS256(ctx) })
}

// EnsureOpenPGP implements keyChanges.
func (k *vaultKeys) EnsureOpenPGP(ctx context.Context, generate func() (private, public []byte, err error)) error {
	return k.change(ctx, func(s *vault.Store) error { return s.EnsureOpenPGP(ctx, generate) })
}

// Inventory looks as the operator where there is one, so that it shows a change
// of a moment ago.
func (k *vaultKeys) Inventory(ctx context.Context) ([]keys.Entry, error) {
	k.mu.Lock()
	opened := k.opened
	k.mu.Unlock()
	if opened != nil {
		return opened.Inventory(ctx)
	}
	return k.Store.Inventory(ctx)
}

func (k *vaultKeys) change(ctx context.Context, do func(*vault.Store) error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.opened == nil {
		var err error
		if k.opened, err = k.operate(ctx); err != nil {
			return err
		}
	}
	return do(k.opened)
}

// Close gives all tokens back.
func (k *vaultKeys) Close() error {
	errs := []error{k.Store.Close(), k.retention.Close()}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.opened != nil {
		errs = append(errs, k.opened.Close())
		k.opened = nil
	}
	return errors.Join(errs...)
}
