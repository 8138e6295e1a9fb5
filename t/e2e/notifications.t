#!/usr/bin/perl
# notifications.t - what waits for a person's attention, and what of it they
# have read.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

use constant API => '/api/admin/notifications';

my $word = 'rusty anvil picnic';
my ($panel, $db, %who);

sub person
{
	my ($name, $role) = @_;
	my $email = "$name\@example.com";

	$panel->run_with($word, qw(user add --tenant demo --password-stdin
		--role), $role, '--email', $email);
	$who{$name} = { $panel->sign_in(email => $email, password => $word),
		token => $panel->post('/api/auth/login', json => {
		email => $email, password => $word })->{json}{accessToken} };
}

sub call
{
	my ($name, $path, $body) = @_;

	return $panel->post($path, token => $who{$name}{token},
		json => $body // {});
}

sub notices
{
	my ($name) = @_;

	return @{ $panel->get(API, token => $who{$name}{token})
		->{json}{items} };
}

sub kinds { return join ' ', sort map { $_->{kind} } notices($_[0]) }
sub unread { return join ' ', sort map { $_->{kind} }
	grep { !$_->{read} } notices($_[0]) }
sub only { my ($name, $kind) = @_;
	return (grep { $_->{kind} eq $kind } notices($name))[0] }

sub page { return $panel->get($_[1] // '/notifications',
	cookie => $who{ $_[0] }{cookie}) }

# What the bell says.
sub bell
{
	my ($said) = page($_[0], '/dashboard')->{content}
		=~ m{class="ic" href="/notifications">.*?(?:<span class="ct hot">(\d+)|</a>)}s;

	return $said // 0;
}

# What the menu says beside a line, the same on two pages in a row.
sub menu
{
	my ($name, $line, @host) = @_;
	my @said = map { my ($n) = $panel->get('/dashboard',
		cookie => $who{$name}{cookie}, @host)->{content} =~
		m{>\Q$line\E <span class="ct hot">(\d+)}; $n // 0 } 1, 2;

	is($said[0], $said[1], "beside $line stands the same again");
	return $said[1];
}

# Of another company, beside whose lines nothing of this one stands.
sub stranger
{
	my %them = (email => 'eve@example.com', password => $word);

	$panel->run(qw(tenant add --slug other --name Other --host b.test));
	$panel->run_with($word, qw(user add --tenant other --password-stdin
		--role admin --email), $them{email});
	$who{eve} = { $panel->sign_in(%them, host => 'b.test') };
}

sub form
{
	my ($name, $path, %fields) = @_;

	return $panel->form($who{$name}, $path, %fields);
}

sub held
{
	return $panel->intake(odd_order($_[0]))->{json}{orderId};
}

sub fail_task
{
	my $task = $panel->worker('tasks/claim')->{json}{task} or die 'no task';

	$panel->worker("tasks/$task->{id}/complete", { status => 'failed',
		leaseToken => $task->{leaseToken} });
	return $task->{id};
}

sub check_sources
{
	is(kinds('ann'), '', "$db: nothing waits at first");
	is(bell('ann'), 0, 'the bell is silent');
	is(menu('ann', 'Orders'), 0, 'and the menu');
	like(page('ann')->{content}, qr/Nothing needs you/, 'and the page says so');

	my $order = held('pi_held');
	is(kinds('ann'), 'review', 'an order in review waits');
	my $n = only('ann', 'review');
	is($n->{nounId}, $order, 'this one');
	is($n->{path}, "/orders/$order", 'and leads there');
	is(bell('ann'), 1, 'the bell says one');
	is(menu('ann', 'Orders'), 1, 'so does the menu');
	is(menu('eve', 'Orders', host => 'b.test'), 0, 'not that of others');
	like(page('ann')->{content}, qr{href="/orders/$order"}, 'so does the page');

	$panel->intake(small_order('pi_bad', customerEmail => 'none'));
	is(kinds('ann'), 'refusal review', 'a refused call');
	$panel->intake(small_order('pi_task'));
	my $task = fail_task();
	is(kinds('ann'), 'refusal review task', 'a failed task');
	is(only('ann', 'task')->{nounId}, $task, 'this one');
	is(menu('ann', 'Provisioning'), 1, 'the menu says so');
	is(menu('ann', 'Orders'), 1, 'and what it said before');

	my $paid = $panel->intake(contract_order('pi_wish',
		primaryDomain => 'wish.example.com'))->{json}{orderId};
	my $wish = call('bob', "/api/admin/orders/$paid/refund");
	is($wish->{status}, 202, '(a refund waits for a second person)');
	is(kinds('ann'), 'approval refusal review task', 'an approval to give');
	is(kinds('bob'), 'refusal review task', 'but not to whoever asked');
	is(kinds('sam'), 'refusal review task', 'nor to who may not give it');
	call('ann', "/api/admin/approvals/$wish->{json}{approvalId}/approve");
	is(kinds('ann'), 'refusal review task', 'it goes with the answer');
	is(kinds('bob'), 'approved refusal review task',
		'and waits for whoever asked');
	is(call('bob', "/api/admin/orders/$paid/refund")->{status}, 200,
		'(who does it)');
	is(kinds('bob'), 'refusal review task', 'then that is over');
	return ($order, $task);
}

sub check_read
{
	my ($order, $task) = @_;
	my $n = only('ann', 'review');

	ok(!$n->{read}, 'a notice is unread');
	is(call('ann', API . '/read', { id => $n->{id} })->{status}, 200,
		'it is read');
	is(unread('ann'), 'refusal task', 'and known to be');
	is(bell('ann'), 2, 'to the bell, too');
	is(unread('bob'), 'refusal review task', 'by this person alone');
	is(call('ann', API . '/read', { id => $n->{id} })->{status}, 200,
		'once more is no mistake');
	is((notices('ann'))[-1]{kind}, 'review', 'what is read comes last');
	is(call('ann', API . '/unread', { id => $n->{id} })->{status}, 200,
		'it can be made unread');
	is(unread('ann'), 'refusal review task', 'and is');

	for my $bad ('review:x', 'x' x 100, "review:$task:1",
		only('bob', 'task')->{id} =~ s/^task/letter/r) {
		my $r = call('ann', API . '/read', { id => $bad });
		is($r->{status}, 422, 'there is no such notice: '
			. substr $bad, 0, 12);
		is($r->{json}{errors}[0]{code}, 'not_found', 'and it says so');
	}
	is(call('ann', API . '/unread')->{status}, 422,
		'which one is to be said');
	is(call('ann', API . '/read', { all => 1 })->{status}, 400,
		'and nothing else');

	is(form('ann', '/notifications/read', notice => $n->{id})->{status},
		303, 'a button does it');
	is(unread('ann'), 'refusal task', 'as well');
	is(form('ann', '/notifications/read')->{status}, 303, 'all at once');
	is(unread('ann'), '', 'are read');
	is(bell('ann'), 0, 'the bell is silent');
	is(form('ann', '/notifications/read', notice => 'review:gone:1')
		->{status}, 303, 'what is over is no mistake of a button');
	is(form('ann', '/notifications/unread', notice => $n->{id})->{status},
		303, 'one is unread again');
	is(unread('ann'), 'review', 'by a button');

	# what happens anew is another notice
	sleep 1; # the second in which it failed is its name
	is(call('ann', "/api/admin/provisioning/tasks/$task/retry")->{status},
		200, '(the task is tried again)');
	is(kinds('ann'), 'refusal review', 'then it does not wait');
	is(fail_task(), $task, '(and fails again)');
	is(unread('ann'), 'review task', 'which is another matter');
	is(call('ann', "/api/admin/orders/$order/accept")->{status}, 200,
		'(the order is accepted)');
	is(kinds('ann'), 'refusal task', 'and waits no more');
	is(menu('ann', 'Orders'), 0, 'nor does the menu say so');
}

sub check_security
{
	is(call('ann', '/api/auth/change-password', { currentPassword => $word,
		newPassword => "$word, changed" })->{status}, 200,
		'(a new password)');
	$who{ann}{token} = $panel->post('/api/auth/login', json => {
		email => 'ann@example.com', password => "$word, changed" })
		->{json}{accessToken};
	my $n = only('ann', 'security');
	is($n->{title}, 'Password set', 'what happened to my own account');
	is($n->{path}, '/account', 'is seen there');
	unlike(kinds('bob'), qr/security/, 'by me alone');
}

for (engines()) {
	$db = $_;
	$panel = start_instance(db => $db, agent => 0,
		set => { approve_refund_over => 1, task_max_attempts => 1 });
	person(ann => 'admin');
	person(bob => 'admin');
	person(sam => 'support');
	stranger();
	check_read(check_sources());
	check_security();
	my $portal = $panel->get(API, token => $panel->ready->{intakeToken});
	is($portal->{status}, 403, 'a program has none');
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	$panel->stop;
}
done_testing();
