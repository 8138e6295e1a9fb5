# Writing.pm - the same for articles and announcements: made, changed, removed,
# published, by JSON and by forms.
# SPDX-License-Identifier: AGPL-3.0-or-later
package MPanel::Deeds::Writing;
use strict;
use warnings;
use MPanel::Deeds::Account;

my $n = 0;

my %nouns = (
	'kb-categories' => {
		path => 'kb/categories', page => '/knowledge-base/categories',
		new => sub { { name => 'Shelf ' . ++$n } },
		change => { about => 'What is on it.' },
	},
	'kb-articles' => {
		path => 'kb/articles', page => '/knowledge-base',
		new => sub { { title => 'Article ' . ++$n, body => 'Text.',
			categoryId => made('kb-categories') } },
		change => { body => 'Another text.' },
	},
	'announcements' => {
		path => 'announcements', page => '/network-status',
		new => sub { { kind => 'incident', title => 'News ' . ++$n,
			body => 'Text.' } },
		change => { body => 'Another text.' },
	},
);

# What each verb needs to have been done before, and what it is told.
my %verbs = (
	'kb-articles.publish' => [],
	'kb-articles.unpublish' => ['publish'],
	'announcements.publish' => [],
	'announcements.update' => ['publish', { state => 'note',
		text => 'More.' }],
	'announcements.resolve' => ['publish', { text => 'Over.' }],
);

sub api { goto &MPanel::Deeds::Account::api }
sub form { goto &MPanel::Deeds::Account::form }

sub made
{
	my ($noun, $before) = @_;
	my $at = "/api/support/$nouns{$noun}{path}";
	my $r = api($at, $nouns{$noun}{new}->());
	my $id = $r->{json}{id} // die "$noun: $r->{content}";

	api("$at/$id/$before", {}) if $before;
	return $id;
}

# One of a noun's kinds of routes, by what stands behind its name.
sub of_noun
{
	my ($noun, $what) = @_;
	my $d = $nouns{$noun} or return;
	my $at = "/api/support/$d->{path}";
	my %kinds = (
		'add' => sub { api($at, $d->{new}->()) },
		'change' => sub { api("$at/" . made($noun), $d->{change},
			undef, 'PATCH') },
		'remove' => sub { api("$at/" . made($noun), undef, undef,
			'DELETE') },
		'page.add' => sub { form("$d->{page}/new", $d->{new}->()) },
		'page.change' => sub { form("$d->{page}/" . made($noun)
			. '/edit', $d->{change}) },
		'page.remove' => sub { form("$d->{page}/" . made($noun)
			. '/remove') },
	);

	return $kinds{$what};
}

sub of_verb
{
	my ($noun, $how, $word) = @_;
	my ($before, $args) = @{ $verbs{"$noun.$word"} // return };
	my $d = $nouns{$noun};
	my $at = "/api/support/$d->{path}";
	my %kinds = (
		'' => sub { api("$at/" . made($noun, $before) . "/$word",
			$args // {}) },
		'page.' => sub { form("$d->{page}/" . made($noun, $before)
			. "/$word", $args) },
		'bulk.' => sub { api("$at/bulk/$word",
			{ ids => [made($noun, $before)] }) },
		'page.bulk.' => sub { form("$d->{page}/bulk/$word",
			{ "pick-" . made($noun, $before) => 1 }) },
	);

	return $kinds{$how};
}

sub of
{
	my ($noun, $rest) = $_[0] =~ /^([a-z-]+)\.(.*)$/ or return;
	my ($how, $word) = $rest =~ /^((?:page\.)?(?:bulk\.)?)(\w+)$/ or return;

	return of_noun($noun, $rest) // of_verb($noun, $how, $word);
}

sub is_known { return defined of($_[0]) }
sub deed { return of($_[0])->() }

1;
