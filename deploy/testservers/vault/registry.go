// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"maps"
	"slices"

	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/builtin/credential/approle"
	"github.com/hashicorp/vault/builtin/credential/cert"
	"github.com/hashicorp/vault/builtin/logical/pki"
	"github.com/hashicorp/vault/builtin/logical/transit"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
)

func engines() map[string]logical.Factory {
	return map[string]logical.Factory{"transit": transit.Factory, "pki": pki.Factory, "kv": kv.Factory}
}

func logins() map[string]logical.Factory {
	return map[string]logical.Factory{"approle": approle.Factory, "cert": cert.Factory}
}

// registry tells the core which plugins are built in: those above and no other.
type registry struct{}

func (registry) of(kind consts.PluginType) map[string]logical.Factory {
	switch kind {
	case consts.PluginTypeSecrets:
		return engines()
	case consts.PluginTypeCredential:
		return logins()
	default:
		return nil
	}
}

func (r registry) Contains(name string, kind consts.PluginType) bool {
	return r.of(kind)[name] != nil
}

func (r registry) Get(name string, kind consts.PluginType) (func() (any, error), bool) {
	factory, known := r.of(kind)[name]
	return func() (any, error) { return factory, nil }, known
}

func (r registry) Keys(kind consts.PluginType) []string {
	return slices.Collect(maps.Keys(r.of(kind)))
}

func (r registry) DeprecationStatus(name string, kind consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Supported, r.Contains(name, kind)
}

func (registry) IsBuiltinEntPlugin(string, consts.PluginType) bool { return false }
