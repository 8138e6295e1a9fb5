# Judge.pm - looks at pages that a browser shows, and keeps what it finds.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $judge = Judge->new(browser => $b, panel => $panel);
#	$judge->look('orders');			on the page that is shown
#	$judge->look('gone', status => 404);
#	$judge->verdict;			one test for each claim
#
# Options of new: judges => 0 leaves axe and vnu out; host => [host => NAME],
# when the browser's address is another tenant's.  A page that is like many
# others (brief => 1) is looked at in one width and light only; where links are
# samples (samples => 1) they need not lead to where this person may go.
# MPANEL_SHOTS=DIR leaves pictures of all pages there.
#
# axe-core and the Nu Html Checker come from npm, pinned by package-lock.json
# beside this file, into the build directory.
package Judge;
use strict;
use warnings;
use Fcntl ':flock';
use File::Basename;
use File::Copy;
use File::Path 'make_path';
use IO::Compress::Gzip;
use JSON::PP;
use MPanel::Test;
use Test::More;

my $PAGE_MAX = 10 * 1024; # gzipped, a promise of DESIGN.md
my @tags = qw(wcag2a wcag2aa wcag21a wcag21aa wcag22aa best-practice);
my $wide = [1280, 'light'];
my @views = ([375, 'light'], $wide, [1280, 'dark']);

# All that is claimed, in the order of the verdict.
my @claims = (
	[status => 'every page has the status that is due'],
	[title => 'every page has a title and one h1'],
	[axe => 'axe finds no violation'],
	[console => 'the browser complains about nothing'],
	[wide => 'no page scrolls sideways at 320 pixels'],
	[total => 'every total of a table is in sight at 320 pixels'],
	[tag => 'no page shows a piece of its template'],
	[heavy => "no page is larger than $PAGE_MAX bytes gzipped"],
	[icon => 'every icon is in the sprite'],
	[id => 'no link within a page leads nowhere'],
	[vnu => 'vnu finds no error'],
	[link => 'every link leads to a page'],
	[post => 'every form leads to what takes forms'],
);

# ---- installing ----

# The programs are there that bring the judges and run them.
sub is_here
{
	for my $name (qw(java node npm)) {
		return 0 unless grep { -x "$_/$name" } split /:/, $ENV{PATH};
	}
	return 1;
}

# The directory of the judges; undef when they can't be had.
sub install
{
	my $from = dirname(__FILE__);
	my $dir = ($ENV{MPANEL_BUILD} // '.') . '/browser';
	my $lockfile = 'package-lock.json';

	make_path($dir);
	open my $lock, '>', "$dir/.lock" or die "$dir: $!";
	flock $lock, LOCK_EX or die;
	return $dir if -e "$dir/installed"
		&& slurp("$dir/installed") eq slurp("$from/$lockfile");
	copy("$from/$_", "$dir/$_") or die "$dir: $!"
		for 'package.json', $lockfile;
	my $npm = spawn("$dir/npm.log", 'npm', 'ci', '--prefix', $dir,
		'--ignore-scripts', '--no-audit', '--no-fund');
	waitpid $npm, 0;
	if ($? != 0) {
		diag(slurp("$dir/npm.log"));
		return undef;
	}
	copy("$from/$lockfile", "$dir/installed") or die "$dir: $!";
	return $dir;
}

sub new
{
	my ($class, %o) = @_;
	my $self = bless { judges => 1, %o, faults => {}, pages => [],
		links => {}, posts => {}, looked => 0, axe_runs => 0,
		largest => [0, ''], dir => scratch() }, $class;

	$self->call_judges if $self->{judges};
	make_path($ENV{MPANEL_SHOTS}) if $ENV{MPANEL_SHOTS};
	$self->{sprite} = slurp(source_dir() . '/static/i.svg');
	return $self;
}

sub call_judges
{
	my ($self) = @_;
	my $home = install();

	need($home, 'npm cannot bring axe-core and vnu-jar');
	$self->{axe} = slurp("$home/node_modules/axe-core/axe.min.js");
	utf8::decode($self->{axe});
	$self->{vnu} = "$home/node_modules/vnu-jar/build/dist/vnu.jar";
}

# ---- one page ----

sub fault
{
	my ($self, $claim, $name, $text) = @_;

	push @{ $self->{faults}{$claim} }, "$name: $text";
}

# Good news that has been there for long fades away, a moment in which nobody
# can read it; a slow machine is still looking then.
my $no_fading = <<'JS';
const sheet = document.styleSheets[0];
if (sheet)
	sheet.insertRule('.flash.gone{opacity:1!important;'
		+ 'transition:none!important}', sheet.cssRules.length);
JS

sub look
{
	my ($self, $name, %o) = @_;
	my $b = $self->{browser};

	$self->{looked}++;
	$self->survey($name, $o{status} // 200, $o{samples});
	$self->read_source($name, $b->source);
	$self->look_narrow($name) unless $o{brief};
	if ($self->{judges}) {
		$b->script($no_fading);
		$b->script($self->{axe});
		$self->look_in($name, @$_) for $o{brief} ? $wide : @views;
	}
	$self->fault(console => $name, $_)
		for grep { !$self->is_own_status($_, $o{status}) } $b->complaints;
}

# chromium reports a page that is itself an error; that one is looked for.
sub is_own_status
{
	my ($self, $complaint, $status) = @_;
	my $url = $self->{browser}->get('url');

	return defined $status && $complaint =~
		/^SEVERE \Q$url\E - Failed to load .* status of $status/;
}

# What a script can see of a page, in one call.
my $survey = <<'JS';
const all = (css, f) => [...document.querySelectorAll(css)].map(f);
return {
	status: performance.getEntriesByType('navigation')[0].responseStatus,
	title: document.title,
	h1: document.querySelectorAll('h1:not(dialog *)').length,
	links: all('a[href]:not([href^="#"]),link[href],script[src]',
		e => e.href || e.src),
	posts: all('form[method=post]', e => e.action),
	icons: all('use', e => e.getAttribute('href').split('#')[1]),
	lost: all('a[href^="#"]', e => e.getAttribute('href').slice(1))
		.filter(id => id && !document.getElementById(id)),
};
JS

sub survey
{
	my ($self, $name, $status, $samples) = @_;
	my $base = $self->{browser}{url};
	my $seen = $self->{browser}->script($survey);

	$self->fault(status => $name, $seen->{status})
		if $seen->{status} != $status;
	$self->fault(title => $name, "$seen->{h1} h1, '$seen->{title}'")
		if $seen->{h1} != 1 || $seen->{title} eq '';
	$self->fault(id => $name, "#$_") for @{ $seen->{lost} };
	for my $icon (@{ $seen->{icons} }) {
		$self->fault(icon => $name, $icon)
			if $self->{sprite} !~ /id="\Q$icon\E"/;
	}
	$self->try_links($name, $samples ? () : map { /^\Q$base\E([^#]*)/ }
		@{ $seen->{links} });
	$self->try_forms($name, map { /^\Q$base\E(.*)/ }
		@{ $seen->{posts} });
}

# Each once, as the person who is signed in.
sub try_links
{
	my ($self, $name, @paths) = @_;
	my @who = (@{ $self->{host} // [] },
		cookie => $self->{browser}->cookies);

	for my $path (grep { !$self->{links}{$_}++ } @paths) {
		my $r = $self->{panel}->get($path, @who);
		$self->fault(link => $name, "$path $r->{status}")
			if $r->{status} >= 400;
	}
}

# A method that no page has: the answer names those there are.
sub try_forms
{
	my ($self, $name, @paths) = @_;
	my @who = (@{ $self->{host} // [] },
		cookie => $self->{browser}->cookies);

	for my $path (grep { !$self->{posts}{$_}++ } @paths) {
		my $r = $self->{panel}->request('PUT', $path, @who);
		$self->fault(post => $name, "$path $r->{status}")
			unless ($r->{headers}{allow} // '') =~ /\bPOST\b/;
	}
}

sub read_source
{
	my ($self, $name, $source) = @_;
	my $file = "$self->{dir}/$name.html";
	utf8::encode(my $bytes = $source);

	IO::Compress::Gzip::gzip(\$bytes, \my $packed) or die;
	my $size = length $packed;
	$self->{largest} = [$size, $name] if $size > $self->{largest}[0];
	$self->fault(heavy => $name, $size) if $size > $PAGE_MAX;
	# what canned replies are filled in with is written like it
	$source =~ s/\{\{(?:name|number|subject|service|staff|company)\}\}//g
		if $name =~ /canned-repl/;
	$self->fault(tag => $name, $1) if $source =~ /(\{\{.{0,20}|.{0,20}\}\})/;
	open my $fh, '>', $file or die "$file: $!";
	print $fh $bytes;
	close $fh or die;
	push @{ $self->{pages} }, $file;
}

# Its table scrolls, and nobody knows.
my $hidden_totals = <<'JS';
return [...document.querySelectorAll('.tot .sum td:last-child')]
	.filter(e => e.getBoundingClientRect().right > innerWidth)
	.map(e => e.textContent);
JS

sub look_narrow
{
	my ($self, $name) = @_;
	my $b = $self->{browser};

	$b->size(320, 640);
	my $over = $b->script('const e = document.documentElement;'
		. 'return e.scrollWidth - e.clientWidth');
	$self->fault(wide => $name, "$over pixels more") if $over > 0;
	$self->fault(total => $name, $_) for @{ $b->script($hidden_totals) };
	$b->size(1280, 900);
}

sub look_in
{
	my ($self, $name, $width, $scheme) = @_;
	my $b = $self->{browser};

	$b->size($width, $width > 700 ? 900 : 740);
	$b->scheme($scheme);
	$self->run_axe("$name, $width $scheme", $scheme);
	$b->shoot("$ENV{MPANEL_SHOTS}/$name-$width-$scheme.png")
		if $ENV{MPANEL_SHOTS};
	$b->scheme('light');
}

my $axe_run = <<'JS';
const [rules] = arguments;
const r = await axe.run(document, { runOnly: rules,
	resultTypes: ['violations'] });
return r.violations.map(v => v.id + ' ' + v.nodes.map(n => n.target + ' '
	+ (n.any[0] || n.all[0] || n.none[0] || {}).message).join('; '));
JS

# Of a second colour scheme only the contrast is news.
sub run_axe
{
	my ($self, $where, $scheme) = @_;
	my $b = $self->{browser};
	my $rules = $scheme eq 'dark'
		? { type => 'rule', values => ['color-contrast'] }
		: { type => 'tag', values => \@tags };

	my $found = eval { $b->script_async($axe_run, $rules) } // [$@];
	$found = ["axe: $found->{failed}"] if ref $found eq 'HASH';
	$self->fault(axe => $where, $_) for @$found;
	$self->{axe_runs}++;
}

# ---- all pages ----

sub run_vnu
{
	my ($self) = @_;
	my $out = "$self->{dir}/vnu.json";
	my $java = spawn($out, 'java', '-Xss1m', '-jar', $self->{vnu},
		'--format', 'json', @{ $self->{pages} });

	waitpid $java, 0;
	my $said = eval { decode_json(slurp($out)) };
	return $self->fault(vnu => 'it did not run', slurp($out))
		unless $said;
	for my $m (@{ $said->{messages} }) {
		next unless $m->{type} eq 'error';
		my ($name) = $m->{url} =~ m{([^/]+)\.html$};
		$self->fault(vnu => "$name:$m->{lastLine}", $m->{message});
	}
}

sub verdict
{
	my ($self) = @_;

	$self->run_vnu if $self->{judges};
	for (@claims) {
		my ($claim, $text) = @$_;
		my $faults = $self->{faults}{$claim} // [];
		next if $claim =~ /^(axe|vnu)$/ && !$self->{judges};
		ok(!@$faults, $text) or diag(join "\n", @$faults);
	}
	note(sprintf '%d pages, axe %d times, %d links, %d forms, '
		. 'largest page %d bytes (%s)', $self->{looked},
		$self->{axe_runs}, scalar keys %{ $self->{links} },
		scalar keys %{ $self->{posts} }, @{ $self->{largest} });
}

1;
