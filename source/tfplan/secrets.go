package tfplan

import "strings"

// secretNames end the names of attributes, environment variables and the like that hold secrets. Providers mark most of
// them as sensitive, but states of older versions of Terraform do not say so.
var secretNames = [...]string{
	"password", "passwd", "secret", "token", "private_key", "privatekey", "secret_string", "secret_binary", "secret_key", "secretkey",
	"access_key", "api_key", "apikey", "key_material", "password_data", "smtp_password_v4", "connection_string", "pre_shared_key",
	"preshared_key", "passphrase", "credentials", "auth_string",
}

// isSecret reports whether the text of an attribute of this name is kept out of every output.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	for _, s := range secretNames {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	return false
}
