# Report.pm - the rows of `make bench` as JSON, as a table and as a picture.
# SPDX-License-Identifier: AGPL-3.0-or-later
package Report;
use strict;
use warnings;
use utf8;
use JSON::PP ();
use MPanel::Test;

my $json = JSON::PP->new->utf8->canonical->pretty;
# What the ratio of a row, or its value where it has no ratio, is measured by.
my %aims = (
	customers_json => 0.65, customers_html => 0.65,
	generic_over_by_hand => 0.9,
	plans_json => 0.85, orders_json => 0.85, orders_html => 0.85,
	intake => 0.6, intake_p99_over_p50 => 3, intake_p999_ms => 100,
	intake_pg12 => 0.8, intake_pg12_tenants => 0.8,
	plans_json_pg => 2, orders_json_pg => 2, orders_html_twig => 3,
	orders_html_1m_over_1k => 0.8, orders_json_1m_over_1k => 0.8,
	orders_json_state_1m_over_1k => 0.8,
	orders_json_next_1m_over_1k => 0.8,
	pss_worker_mb => 4, pss_slope_kb_per_100k => 64,
	list_p99_login_flood_ms => 5, page_p99_login_flood_ms => 5,
	intake_p99_login_flood_ms => 5,
);
my @members = qw(name value unit ratio against better);

# With $keep the rows that are in $out/bench.json stay until they are
# measured again.
sub new
{
	my ($class, $out, $keep) = @_;
	my $self = bless { out => $out, rows => [] }, $class;
	my $file = "$out/bench.json";

	if ($keep && -s $file) {
		my $old = $json->decode(slurp($file));
		$self->{rows} = $old->{rows};
	}
	return $self;
}

sub commit
{
	my $dir = source_dir();
	my $commit = `git -C '$dir' rev-parse HEAD 2>/dev/null`;

	chomp $commit;
	return $commit;
}

sub rounded
{
	my ($n, $digits) = @_;

	return defined $n ? 0 + sprintf("%.${digits}f", $n) : undef;
}

# The rows that a Bench has by now.
sub take
{
	my ($self, $b) = @_;

	for my $row (@{ $b->{rows} }) {
		my %r = map { $_ => $row->{$_} } @members;
		$r{value} = rounded($r{value}, 2);
		$r{ratio} = rounded($r{ratio}, 3);
		my ($at) = grep { $self->{rows}[$_]{name} eq $r{name} }
			0 .. $#{ $self->{rows} };
		$self->{rows}[$at // @{ $self->{rows} }] = \%r;
	}
	return 1;
}

sub put
{
	my ($self, $name, $text) = @_;
	my $file = "$self->{out}/$name";

	open my $fh, '>:utf8', "$file.new" or die "$file: $!";
	print $fh $text;
	close $fh or die "$file: $!";
	rename "$file.new", $file or die "$file: $!";
	return;
}

sub write
{
	my ($self) = @_;

	mkdir $self->{out};
	$self->put('bench.json', JSON::PP->new->canonical->pretty->encode({
		commit => commit(), rows => $self->{rows} }));
	$self->put('bench.txt', $self->table);
	$self->put('bench.svg', $self->picture);
	return;
}

sub aim
{
	my ($name) = @_;

	return $aims{$name} // ($name =~ /^books_.*_1m_over_1k$/ ? 0.7 : undef);
}

# Does a row reach what it aims at?  undef: it aims at nothing.
sub holds
{
	my ($self, $row) = @_;
	my $aim = aim($row->{name});
	my $is = $row->{ratio} // $row->{value};

	return undef unless defined $aim;
	return $row->{better} eq 'lower' ? $is <= $aim : $is >= $aim;
}

sub table
{
	my ($self) = @_;
	my $text = sprintf "%-30s %12s %-5s %6s %7s  %s\n", 'name', 'value', '',
		'ratio', 'aim', 'against';

	for my $row (@{ $self->{rows} }) {
		my $holds = $self->holds($row);
		my $aim = aim($row->{name});
		$text .= sprintf "%-30s %12.2f %-5s %6s %7s%s %s\n",
			@$row{qw(name value unit)},
			defined $row->{ratio} ? sprintf('%.2f', $row->{ratio})
				: '',
			defined $aim ? ($row->{better} eq 'lower' ? '<' : '>')
				. $aim : '',
			defined $holds && !$holds ? '!' : ' ',
			$row->{against};
	}
	return $text;
}

sub escaped
{
	my ($s) = @_;

	$s =~ s/&/&amp;/g;
	$s =~ s/</&lt;/g;
	$s =~ s/>/&gt;/g;
	return $s;
}

# One bar for each ratio, a line where the aim is; logarithmic, because a rival
# may be many times slower.
sub picture
{
	my ($self) = @_;
	my @rows = grep { defined $_->{ratio} && $_->{ratio} > 0 }
		@{ $self->{rows} };
	my ($left, $width, $high) = (230, 420, 26);
	my $at = sub { my ($x) = @_;
		$x = $x < 0.1 ? 0.1 : $x > 20 ? 20 : $x;
		return $width * log($x / 0.1) / log(200) };
	my $height = $high * @rows + 50;
	my $svg = '';

	for my $tick (0.1, 0.2, 0.5, 1, 2, 5, 10, 20) {
		my $x = $left + $at->($tick);
		$svg .= sprintf qq{<path class="%s" d="M%.1f 20V%d"/>}
			. qq{<text x="%.1f" y="14" text-anchor="middle">%s</text>\n},
			$tick == 1 ? 'one' : 'grid', $x, $height - 20, $x, $tick;
	}
	for my $i (0 .. $#rows) {
		my ($row, $y) = ($rows[$i], 26 + $i * $high);
		my $holds = $self->holds($row);
		my $aim = aim($row->{name});
		$svg .= sprintf qq{<text x="%d" y="%d" text-anchor="end">%s</text>}
			. qq{<rect class="%s" x="%d" y="%d" width="%.1f" height="14"/>}
			. qq{<text x="%.1f" y="%d">%.2f × %s</text>\n},
			$left - 8, $y + 12, escaped($row->{name}),
			defined $holds && !$holds ? 'short' : 'bar', $left, $y,
			$at->($row->{ratio}), $left + $at->($row->{ratio}) + 6,
			$y + 12, $row->{ratio}, escaped($row->{against});
		$svg .= sprintf qq{<path class="aim" d="M%.1f %dv18"/>\n},
			$left + $at->($aim), $y - 2 if defined $aim;
	}
	return <<"SVG";
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 $height" font-family="sans-serif" font-size="12">
<title>MPanel against what is possible, ratios</title>
<style>.bar{fill:#2f7d5b}.short{fill:#b3492d}.grid{stroke:#ccc}.one{stroke:#444}.aim{stroke:#111;stroke-width:2}</style>
<rect width="1000" height="$height" fill="#fff"/>
$svg</svg>
SVG
}

1;
