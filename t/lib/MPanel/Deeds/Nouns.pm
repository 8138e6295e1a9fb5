# Nouns.pm - the same for described nouns: made, changed, removed, by JSON and
# by forms.
# SPDX-License-Identifier: AGPL-3.0-or-later
package MPanel::Deeds::Nouns;
use strict;
use warnings;
use MPanel::Deeds::Account;

my $n = 0;

# What one needs, another each time, and what is changed of it.
my %nouns = (
	'customers' => {
		api => '/api/admin/customers', page => '/admin/customers',
		new => sub { { name => 'Made by hand',
			email => 'hand' . ++$n . '@example.com' } },
		change => { companyName => 'Hands Ltd' },
	},
	'products' => {
		api => '/api/admin/products', page => '/products',
		new => sub { { name => 'Plan ' . ++$n, type => 'hosting' } },
		change => { description => 'Another.' },
	},
	'prices' => {
		api => '/api/admin/prices', page => '/products/prices',
		new => sub { { productId => product(), period => 'month',
			currency => 'USD', price => '9.50' } },
		change => { price => '12.00' },
	},
	'canned-replies' => {
		api => '/api/support/canned-replies',
		page => '/settings/canned-replies',
		new => sub { { title => 'Canned ' . ++$n, text => 'Hello {{name}}' } },
		change => { text => 'Hello' },
	},
	'departments' => {
		api => '/api/admin/departments', page => '/settings/departments',
		new => sub { { name => 'Department ' . ++$n } },
		change => { position => 3 },
	},
	'tlds' => {
		api => '/api/admin/tlds', page => '/products/tlds',
		new => sub { { productId => product('domain'), %{ tld() } } },
		change => { renewPrice => '11.00' },
	},
	'options' => {
		api => '/api/admin/product-options', page => '/products/options',
		new => sub { { productId => product(), name => 'Disk space',
			code => 'disk-' . ++$n } },
		change => { name => 'Space' },
	},
	'choices' => {
		api => '/api/admin/option-choices', page => '/products/choices',
		new => sub { { optionId => option(), name => '50 GB',
			code => 'gb50', period => 'month', currency => 'USD',
			price => '2.00' } },
		change => { price => '2.50' },
	},
	'add-ons' => {
		api => '/api/admin/product-add-ons', page => '/products/add-ons',
		new => sub { { productId => product(), addonId => product() } },
		change => { position => 3 },
	},
	'servers' => {
		api => '/api/admin/servers', page => '/servers',
		new => sub { { name => 'more-' . ++$n,
			# nothing is put where nobody works
			fqdn => "more-$n.example.com", capacitySites => 0 } },
		change => { location => 'Oslo' },
	},
	'coupons' => {
		api => '/api/admin/coupons', page => '/coupons',
		new => sub { { code => 'C' . ++$n . 'OFF', kind => 'percent',
			percent => 5 } },
		change => { description => 'For friends.' },
	},
	'tax-rules' => {
		api => '/api/admin/tax-rules', page => '/tax',
		new => sub { { name => 'VAT', country => 'DE',
			state => 'S' . ++$n, rate => 19 } },
		change => { name => 'Sales tax' },
	},
);

sub api { goto &MPanel::Deeds::Account::api }
sub form { goto &MPanel::Deeds::Account::form }

sub product
{
	my $r = api('/api/admin/products', { name => 'Priced ' . ++$n,
		type => $_[0] // 'hosting' });

	return $r->{json}{id} // die "product: $r->{content}";
}

sub tld
{
	return { tld => 'test' . ++$n, currency => 'USD',
		registerPrice => '9.00', renewPrice => '10.00',
		transferPrice => '9.00' };
}

sub option
{
	return made($nouns{options});
}

# By hand, beside the described ones.
my %others = (
	'products.tlds.add' => sub { api('/api/admin/products/'
		. product('domain') . '/tlds', tld()) },
);

sub made
{
	my ($noun) = @_;
	my $r = api($noun->{api}, $noun->{new}->());

	return $r->{json}{id} // die "$noun->{api}: $r->{content}";
}

my %verbs = (
	'add' => sub { api($_[0]{api}, $_[0]{new}->()) },
	'change' => sub { api("$_[0]{api}/" . made($_[0]), $_[0]{change},
		undef, 'PATCH') },
	'remove' => sub { api("$_[0]{api}/" . made($_[0]), undef, undef,
		'DELETE') },
	'page.add' => sub { form("$_[0]{page}/new", $_[0]{new}->()) },
	'page.change' => sub { form("$_[0]{page}/" . made($_[0]) . '/edit',
		$_[0]{change}) },
	'page.remove' => sub { form("$_[0]{page}/" . made($_[0]) . '/remove') },
);

# The noun and the verb of a route's name.
sub parts
{
	my ($noun, $verb) = $_[0] =~ /^([a-z-]+)\.(.*?)(?:\.flat)?$/;

	return $noun && $nouns{$noun} && $verbs{$verb}
		? ($nouns{$noun}, $verbs{$verb}) : ();
}

sub is_known { return $others{$_[0]} || scalar(my @parts = parts($_[0])) }

sub deed
{
	my ($noun, $verb) = parts($_[0]);

	return $others{$_[0]} ? $others{$_[0]}->() : $verb->($noun);
}

1;
