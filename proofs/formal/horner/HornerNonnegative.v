(** * HornerNonnegative (S5): the rates of construction S for nonnegative inputs, all widths d.

    Nonnegative inputs are not split: S4's sum has no first term, every section has d inputs, and
    L is one less. [nonnegative_digits], [nonnegative_failure], [nonnegative_width] and
    [nonnegative_depth] are S4's sums and numbers in this case, written out; that a network of this
    shape contains every target is not proved here.
    [S5_nonnegative]: with the least p, the least e and the least slack they have
    N <= 3 d + 7 Lambda + 41 and L as in S5. [S5_nonnegative_exists]: there are such. *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Pool Quantize Explicit Logarithm.
From Pmone Require Import HornerSlacks.
Open Scope R_scope.

(** sum of (n_i + 1) m_i 4^-e *)
Definition nonnegative_digits (d l e : nat) : R := INR l * INR ((d + 1) * d) * (1/4) ^ e.
Definition nonnegative_width (d sU sA : nat) : nat := (d + sU) + 2 * (d + 1 + sA).
Definition nonnegative_depth (l p e : nat) : nat := 1 + l * (p + 1 + e + 2).
(** carries and doublings, merges, read-outs of the sections but the last, output *)
Definition nonnegative_failure (d l p e sU sA : nat) : R :=
  let K := (p + 1 + e)%nat in
  let N := nonnegative_width d sU sA in
  INR l * (INR (K - 1) * (G1 d (d + sU) half + 2 * G1 (d + 1) (d + 1 + sA) threeq)
    + G1 (d + 1) N threeq) + INR (l - 1) * G2 d N + G3 d N.

Definition smallest_nonnegative (d l : nat) (eps delta : R) (p e sU sA : nat) : Prop :=
  least_bits d l eps p /\
  least (fun e => nonnegative_digits d l e <= delta / 2) e /\
  nonnegative_failure d l p e sU sA <= delta / 2 /\
  forall s r, nonnegative_failure d l p e s r <= delta / 2 -> (sU + 2 * sA <= s + 2 * r)%nat.

(** ((4/3)^d - 1) (7/8)^(3d) is largest at d = 4 *)
Lemma output_share d : (1 <= d)%nat -> ((4/3) ^ d - 1) * ((7/8) ^ 3) ^ d <= 44/100.
Proof.
  intros H. destruct d as [|[|[|[|[|[|[|[|d]]]]]]]]; [lia|cbn; lra..|].
  set (n := S (S (S (S (S (S (S (S d)))))))).
  assert (A : (4/3 * (7/8) ^ 3) ^ n <= (4/3 * (7/8) ^ 3) ^ 8)
    by (apply pow_anti; [cbn; lra|unfold n; lia]).
  rewrite Rpow_mult_distr in A.
  assert (B : (4/3 * (7/8) ^ 3) ^ 8 <= 44/100) by (cbn; lra).
  assert (C : 0 <= ((7/8) ^ 3) ^ n) by (apply pow_le; cbn; lra). lra.
Qed.
Lemma digits_bound d l q : (1 <= d)%nat -> (1 <= l)%nat ->
  nonnegative_digits d l q <= 4 * (INR l * (INR d * INR d)) * (1/4) ^ q.
Proof.
  intros Hd Hl. pose proof (INR1 d Hd) as D1. pose proof (INR1 l Hl) as L1.
  unfold nonnegative_digits. apply Rmult_le_compat_r; [apply pow_le; lra|].
  rewrite mult_INR, plus_INR. cbn [INR].
  replace (4 * (INR l * (INR d * INR d))) with (INR l * (4 * (INR d * INR d))) by ring.
  apply Rmult_le_compat_l; nra.
Qed.

Section Fit.
Variables (d l : nat) (eps delta : R) (p e : nat).
Hypothesis Hd : (1 <= d)%nat.
Hypothesis Hl : (1 <= l)%nat.
Hypothesis Heps : 0 < eps <= 1/2.
Hypothesis Hdelta : 0 < delta <= 1/2.
Hypothesis Hp : least_bits d l eps p.
Hypothesis He : nonnegative_digits d l e <= delta / 2.
Local Notation K := (p + 1 + e)%nat.
Local Notation sU := (slackU l delta p e).
Local Notation sA := (slackA l delta p e).
Local Notation t := ((3/4) ^ (sU + 2 * sA)).
Local Notation g := ((7/8) ^ (sU + 2 * sA)).
Local Notation N := (3 * d + 2 + sU + 2 * sA)%nat.

(** e >= 2, as sum of (n_i + 1) m_i >= 2 and delta/2 <= 1/4 *)
Lemma K4 : 4 <= INR K.
Proof.
  pose proof (p1 d l eps p Hd Hl Heps Hp) as P1.
  enough (E2 : (2 <= e)%nat) by (replace 4 with (INR 4) by (cbn; lra); apply le_INR; lia).
  pose proof (INR1 l Hl) as L1. unfold nonnegative_digits in He.
  assert (D2 : 2 <= INR ((d + 1) * d)) by (change 2 with (INR 2); apply le_INR; nia).
  assert (LD : 2 <= INR l * INR ((d + 1) * d)) by nra.
  destruct e as [|[|n]]; [| |lia]; cbn [pow] in He; lra.
Qed.
Lemma merge_bound : G1 (d + 1) N threeq <= 127/100 * t.
Proof.
  eapply Rle_trans; [apply (G1_geom _ _ (3 + (sU + 2 * sA))); [unfold threeq; lra|lia]|].
  unfold threeq. rewrite pow_add. set (t0 := t). assert (0 < t0) by (apply pow_lt; lra).
  cbn [pow]. lra.
Qed.
Lemma read_bound : G2 d N <= 48/100 * t.
Proof.
  unfold G2. replace N with (3 * d + (2 + (sU + 2 * sA)))%nat by lia.
  rewrite (pow_add _ (3 * d)), (pow_add _ 2), pow_mult.
  set (t0 := t). assert (T0 : 0 < t0) by (apply pow_lt; lra).
  assert (Z : 0 < ((3/4) ^ 3) ^ d) by (apply pow_lt; cbn; lra).
  assert (B : (2 ^ d - 1) * ((3/4) ^ 3) ^ d <= 2 * (3/4) ^ 3).
  { apply Rle_trans with ((2 * (3/4) ^ 3) ^ d); [rewrite Rpow_mult_distr; nra|].
    rewrite <- (pow_1 (2 * (3/4) ^ 3)) at 2. apply pow_anti; [cbn; lra|auto]. }
  replace ((2 ^ d - 1) * (((3/4) ^ 3) ^ d * ((3/4) ^ 2 * t0)))
    with (((2 ^ d - 1) * ((3/4) ^ 3) ^ d) * ((3/4) ^ 2 * t0)) by ring.
  apply Rle_trans with (2 * (3/4) ^ 3 * ((3/4) ^ 2 * t0)); [|cbn [pow]; lra].
  apply Rmult_le_compat_r; auto. cbn [pow]. lra.
Qed.
Lemma output_bound : G3 d N <= 203/100 * g.
Proof.
  unfold G3. replace N with (3 * d + (2 + (sU + 2 * sA)))%nat by lia.
  rewrite (pow_add _ (3 * d)), (pow_add _ 2), pow_mult.
  set (g0 := g). assert (G0 : 0 < g0) by (apply pow_lt; lra).
  pose proof (output_share d Hd) as O.
  replace (6 * ((4/3) ^ d - 1) * (((7/8) ^ 3) ^ d * ((7/8) ^ 2 * g0)))
    with ((((4/3) ^ d - 1) * ((7/8) ^ 3) ^ d) * (6 * (7/8) ^ 2 * g0)) by ring.
  apply Rle_trans with (44/100 * (6 * (7/8) ^ 2 * g0)); [|cbn [pow]; lra].
  apply Rmult_le_compat_r; auto. cbn [pow]. lra.
Qed.
Theorem nonnegative_fit : nonnegative_failure d l p e sU sA <= delta / 2.
Proof.
  pose proof K4 as K4. pose proof (INR1 l Hl) as L1.
  destruct (slack_facts d l eps delta p e) as (LU & LV & LT & LG); auto.
  unfold nonnegative_failure. cbv zeta.
  replace (nonnegative_width d sU sA) with N by (unfold nonnegative_width; lia).
  pose proof merge_bound as B1. pose proof read_bound as B2. pose proof output_bound as B3.
  assert (BU : G1 d (d + sU) half <= (1/2) ^ sU).
  { eapply Rle_trans; [apply (G1_geom d _ sU); [unfold half; lra|lia]|]. unfold half. lra. }
  assert (BA : G1 (d + 1) (d + 1 + sA) threeq <= 3 * (3/4) ^ sA).
  { eapply Rle_trans; [apply (G1_geom _ _ sA); [unfold threeq; lra|lia]|]. unfold threeq. lra. }
  set (u := (1/2) ^ sU) in *. set (v := (3/4) ^ sA) in *. set (t0 := t) in *. set (g0 := g) in *.
  assert (U0 : 0 < u) by (apply pow_lt; lra). assert (V0 : 0 < v) by (apply pow_lt; lra).
  assert (T0 : 0 < t0) by (apply pow_lt; lra). assert (G0 : 0 < g0) by (apply pow_lt; lra).
  assert (LT4 : INR l * t0 * 4 <= INR l * t0 * INR K) by (apply Rmult_le_compat_l; nra).
  assert (LK : 4 <= INR l * INR K) by nra.
  assert (LG4 : 4 * g0 <= INR l * INR K * g0) by (apply Rmult_le_compat_r; lra).
  assert (EM : INR (K - 1) = INR K - 1) by (rewrite minus_INR by lia; reflexivity).
  assert (E2 : INR (l - 1) = INR l - 1) by (rewrite minus_INR by lia; reflexivity).
  apply Rle_trans with (INR l * (INR (K - 1) * (u + 2 * (3 * v)) + 127/100 * t0)
    + INR (l - 1) * (48/100 * t0) + 203/100 * g0).
  - apply Rplus_le_compat; auto. apply Rplus_le_compat.
    + apply Rmult_le_compat_l; [lra|]. apply Rplus_le_compat; auto.
      apply Rmult_le_compat_l; [apply pos_INR|]. lra.
    + apply Rmult_le_compat_l; auto. apply pos_INR.
  - rewrite EM, E2. assert (Z1 : 0 <= INR l * u) by (apply Rmult_le_pos; lra).
    assert (Z2 : 0 <= INR l * v) by (apply Rmult_le_pos; lra). lra.
Qed.
End Fit.

Lemma nonnegative_spare d l delta e : (1 <= d)%nat -> (1 <= l)%nat -> 0 < delta <= 1/2 ->
  least (fun e => nonnegative_digits d l e <= delta / 2) e ->
  INR e <= lg (INR l * (INR d * INR d) / delta) / 2 + 5/2.
Proof.
  intros Hd Hl Hdl. apply (spare_rate d l delta (nonnegative_digits d l)); auto.
  intros q. apply digits_bound; auto.
Qed.

Theorem S5_nonnegative : forall (d l : nat) (eps delta : R) (p e sU sA : nat),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1/2 -> 0 < delta <= 1/2 ->
  smallest_nonnegative d l eps delta p e sU sA ->
  let N := nonnegative_width d sU sA in
  let L := nonnegative_depth l p e in
  let Lambda := Lam d l eps delta in
  INR N <= 3 * INR d + 7 * Lambda + 41 <= 3 * INR d + 24 * Lambda + 24 /\
  INR L <= INR l * (lg (INR d * INR l / eps) + 1/2 * lg (INR l * (INR d * INR d) / delta)
    + 781/100).
Proof.
  intros d l eps delta p e s r Hd Hl He Hdl (Hp & Hs & _ & Hm) N L Lambda.
  pose proof (nonnegative_spare d l delta e Hd Hl Hdl Hs) as S.
  assert (L1 : 1 <= Lambda).
  { destruct (lg_facts d l eps delta) as (_ & Y1 & _ & _ & E & L0); auto. fold Lambda in E. lra. }
  split; [split; [|lra]|].
  - destruct Hs as [Hs _].
    specialize (Hm _ _ (nonnegative_fit d l eps delta p e Hd Hl He Hdl Hp Hs)).
    pose proof (slack_rate d l eps delta p e Hd Hl He Hdl Hp S) as R.
    apply Rle_trans with (INR (3 * d + (2 + slackU l delta p e + 2 * slackA l delta p e))).
    + apply le_INR. unfold N, nonnegative_width. lia.
    + rewrite plus_INR, mult_INR. fold Lambda in R. replace (INR 3) with 3 by (cbn; lra). lra.
  - pose proof (depth_rate d l eps delta p e Hd Hl He Hp S) as R.
    apply Rle_trans with (INR (2 + l * (p + 1 + e + 2))); [|lra].
    apply le_INR. unfold L, nonnegative_depth. lia.
Qed.
Theorem S5_nonnegative_exists : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1/2 -> 0 < delta <= 1/2 ->
  exists p e sU sA, smallest_nonnegative d l eps delta p e sU sA.
Proof.
  intros d l eps delta Hd Hl He Hdl.
  destruct (least_bits_exists d l eps Hd Hl He) as [p Hp].
  destruct (least_spare_exists d l delta (nonnegative_digits d l)) as [e Hs]; [lra| |].
  { intros q. apply digits_bound; auto. }
  destruct (least_pair (fun s r => nonnegative_failure d l p e s r <= delta / 2)
    (fun s r => Rle_or _ _) _ _ (nonnegative_fit d l eps delta p e Hd Hl He Hdl Hp (proj1 Hs)))
    as (s & r & H1 & H2).
  exists p, e, s, r. repeat split; auto; apply Hp || apply Hs.
Qed.
