(** * BlocksRates (B5): the rates of construction B, with explicit constants.

    [B5_smallest]: the program's plans, with the least p >= 1 and the least B >= 2, have
    N <= 28 d log2(d l/(eps delta))^2 and L <= 3 l log2(d l/eps) for all d, l >= 1 and
    eps, delta <= 1/2. (For the number of bits, eps is reduced by a 1024th, which the program keeps
    for outward rounding.)
    The logarithm is [lg] of Logarithm.v, a real number, not rounded.
    [B5_rates]: such a plan exists, and B4's theorem holds for it. [B5_sharp]: no smaller constant
    than 3 will do for L. *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Probability Network Quantize Explicit Logarithm.
From Pmone Require Import BlocksPlan BlocksEvent BlocksMain.
Import ListNotations.
Open Scope R_scope.

(** ** the number of bits *)
Lemma pade z l : 0 <= z -> INR l * z <= 2 -> (1 + z) ^ l * (2 - INR l * z) <= 2 + INR l * z.
Proof.
  intros Hz. induction l as [|l IH]; intros H; [cbn; lra|].
  rewrite S_INR in *. cbn [pow]. pose proof (pos_INR l) as L0. set (y := INR l * z) in *.
  assert (Y0 : 0 <= y) by (unfold y; nra).
  replace ((INR l + 1) * z) with (y + z) in * by (unfold y; ring).
  specialize (IH ltac:(lra)). set (A := (1 + z) ^ l) in *.
  assert (A0 : 0 <= A) by (apply pow_le; lra).
  destruct (Req_dec y 2) as [->|Y2].
  - replace z with 0 by lra. lra.
  - apply Rmult_le_reg_l with (2 - y); [lra|].
    apply Rle_trans with ((2 + y) * ((1 + z) * (2 - (y + z)))).
    + replace ((2 - y) * ((1 + z) * A * (2 - (y + z))))
        with (A * (2 - y) * ((1 + z) * (2 - (y + z)))) by ring.
      apply Rmult_le_compat_r; auto. apply Rmult_le_pos; lra.
    + assert (0 <= z * (z * (2 + y) + y * y)) by (apply Rmult_le_pos; nra).
      replace ((2 - y) * (2 + (y + z))) with ((2 + y) * ((1 + z) * (2 - (y + z))) +
        z * (z * (2 + y) + y * y)) by ring. lra.
Qed.

(** if p - 1 bits are not enough, 2^p < 1.251 d l / eps *)
Lemma too_few_bits d l eps p : 0 < eps <= 1/2 ->
  1 + eps * (1 - /1024) < (1 + eta_of d p) ^ l -> 2 ^ S p * eps < 1.251 * (INR d * INR l).
Proof.
  intros He H. set (e := eps * (1 - /1024)) in *. assert (E1 : 0 < e <= 1023/2048) by (unfold e;
    lra).
  assert (P : 0 < 2 ^ S p) by (apply pow_lt; lra).
  unfold eta_of in H. set (z := INR d / 2 ^ S p) in *. pose proof (pos_INR d) as D0.
  pose proof (pos_INR l) as L0.
  assert (Z : INR l * z * 2 ^ S p = INR d * INR l) by (unfold z; field; lra).
  assert (Z0 : 0 <= z) by (unfold z, Rdiv; apply Rmult_le_pos; [lra|]; left; apply Rinv_0_lt_compat;
    auto).
  assert (Y0 : 0 <= INR l * z) by (apply Rmult_le_pos; lra).
  set (y := INR l * z) in *.
  assert (G : 2 * e < y * (2 + e)).
  { apply Rnot_le_lt. intros C. assert (y < 2) by nra.
    pose proof (pade z l Z0 ltac:(fold y; lra)) as Pd. fold y in Pd.
    enough ((1 + z) ^ l <= 1 + e) by lra.
    apply Rmult_le_reg_r with (2 - y); [lra|]. eapply Rle_trans; [exact Pd|]. nra. }
  assert (G2 : 2 * e < y * (2 + 1023/2048)) by nra.
  assert (G3 : eps < 1.251 * y) by (unfold e in G2; lra).
  rewrite <- Z. apply (Rmult_lt_compat_l (2 ^ S p)) in G3; [lra|auto].
Qed.

(** ** the failure sum of large blocks *)
Lemma tail25 n : (3/4) ^ (25 + n) * (1 + INR (25 + n) / 3) <= 1/5 * (7/8) ^ (25 + n).
Proof.
  replace (3/4) with (7/8 * (6/7)) by field. rewrite Rpow_mult_distr, Rmult_assoc,
    (Rmult_comm (1/5)).
  apply Rmult_le_compat_l; [apply pow_le; lra|].
  induction n as [|n IH].
  - replace (INR (25 + 0)) with 25 by (cbn; lra). cbn [plus pow]. lra.
  - replace (25 + S n)%nat with (S (25 + n)) by lia. rewrite <- tech_pow_Rmult, S_INR.
    assert (25 <= INR (25 + n)) by (rewrite plus_INR; pose proof (pos_INR n);
      replace (INR 25) with 25 by (cbn; lra); lra).
    set (y := (6/7) ^ (25 + n)) in *. assert (0 <= y) by (apply pow_le; lra).
    set (m := INR (25 + n)) in *. nra.
Qed.

(** ** the bound on the width *)
(** n + 1 neurons per block, p + 1 bits, Y = log2(d l/(eps delta)) *)
Lemma width_arith (n p Y lam : R) : n <= 26/5 * (2 * Y - 1 + lam) ->
  (p + 1) * (26/5 * (2 * Y - 1 + lam) + 1) <= 14 * (Y * Y) -> 0 <= p ->
    (p + 1) * (n + 1) <= 14 * (Y * Y).
Proof. intros H1 H2 Hp. eapply Rle_trans; [|exact H2]. apply Rmult_le_compat_l; lra. Qed.

Lemma pow2_ge n : (5 <= n)%nat -> 1.3225 * ((INR n + 1) * (INR n + 1)) <= 2 ^ S n.
Proof.
  intros H. replace n with (5 + (n - 5))%nat by lia. induction (n - 5)%nat as [|k IH]; [cbn; lra|].
  replace (5 + S k)%nat with (S (5 + k)) by lia. rewrite S_INR. rewrite <- tech_pow_Rmult.
  assert (5 <= INR (5 + k)) by (rewrite plus_INR; pose proof (pos_INR k); cbn [INR]; lra).
  set (m := INR (5 + k)) in *. nra.
Qed.

Lemma width_bound (p : nat) (n Y : R) : (1 <= p)%nat -> 2 <= Y ->
  ((2 <= p)%nat -> INR p + 27/40 <= Y) ->
  n <= 26/5 * (2 * Y - 1 + lg (1.15 * (INR p + 1))) -> (INR p + 1) * (n + 1) <= 14 * (Y * Y).
Proof.
  intros Hp HY HpY Hn.
  destruct p as [|[|[|[|[|p]]]]]; [lia| | | | |].
  - cbn [INR] in *. replace (1.15 * (1 + 1)) with 2.3 in Hn by lra.
    pose proof (lg_at_most 2.3 4 5 ltac:(lra) ltac:(lia) ltac:(cbn; lra)) as B. cbn [INR] in B.
    nra.
  - specialize (HpY ltac:(lia)). cbn [INR] in *. replace (1.15 * (1 + 1 + 1)) with 3.45 in Hn
      by lra.
    pose proof (lg_at_most 3.45 5 9 ltac:(lra) ltac:(lia) ltac:(cbn; lra)) as B. cbn [INR] in B.
    nra.
  - specialize (HpY ltac:(lia)). cbn [INR] in *. replace (1.15 * (1 + 1 + 1 + 1)) with 4.6 in Hn
      by lra.
    pose proof (lg_at_most 4.6 4 9 ltac:(lra) ltac:(lia) ltac:(cbn; lra)) as B. cbn [INR] in B.
    nra.
  - specialize (HpY ltac:(lia)). cbn [INR] in *. replace (1.15 * (1 + 1 + 1 + 1 + 1))
      with 5.75 in Hn by lra.
    pose proof (lg_at_most 5.75 5 13 ltac:(lra) ltac:(lia) ltac:(cbn; lra)) as B. cbn [INR] in B.
    nra.
  - specialize (HpY ltac:(lia)). set (q := S (S (S (S (S p))))) in *.
    pose proof (pow2_ge q ltac:(lia)) as G. pose proof (pos_INR q) as Q0.
    pose proof (lg_at_most (1.15 * (INR q + 1)) 2 (S q) ltac:(lra) ltac:(lia)) as B.
    specialize (B ltac:(replace ((1.15 * (INR q + 1)) ^ 2)
      with (1.3225 * ((INR q + 1) * (INR q + 1))) by (cbn [pow]; lra); exact G)).
    rewrite (S_INR q) in B. cbn [INR] in B.
    apply (width_arith n (INR q) Y ((INR q + 1) / 2)); try lra.
    set (r := INR q + 1) in *. assert (R1 : r <= Y + 13/40) by (unfold r; lra).
    assert (R0 : 0 <= r) by (unfold r; lra).
    apply Rle_trans with ((Y + 13/40) * (26/5 * (2 * Y - 1 + (Y + 13/40) / 2) + 1)); [|nra].
    apply Rmult_le_compat; lra.
Qed.

(** ** the least plan *)
Definition least_bits (d l : nat) (eps : R) (p : nat) : Prop :=
  (1 <= p)%nat /\ (1 + eta_of d p) ^ l <= 1 + eps /\
  forall q, (1 <= q < p)%nat -> 1 + eps < (1 + eta_of d q) ^ l.
Definition least_size (dims : nat -> nat) (l p : nat) (delta : R) (B : nat) : Prop :=
  (2 <= B)%nat /\ fail_sum (blocks_plan dims l p B) <= delta /\
  forall n, (2 <= n < B)%nat -> delta < fail_sum (blocks_plan dims l p n).

Section Rates.
Variables (dims : nat -> nat) (d l : nat) (eps delta : R) (p B : nat).
Hypothesis Hd : (1 <= d)%nat.
Hypothesis Hl : (1 <= l)%nat.
Hypothesis Hdims : forall i, (i <= l)%nat -> (dims i <= d)%nat.
Hypothesis Heps : 0 < eps <= 1/2.
Hypothesis Hdelta : 0 < delta <= 1/2.
Hypothesis Hp : least_bits d l (eps * (1 - /1024)) p.
Hypothesis HB : least_size dims l p delta B.
Local Notation X := (INR d * INR l).
Local Notation u := (INR d * INR l / eps).
Local Notation v := (INR d * INR l / (eps * delta)).

Lemma X1 : 1 <= X.
Proof. pose proof (INR1 d Hd). pose proof (INR1 l Hl). nra. Qed.
Lemma u2 : 2 <= u.
Proof. pose proof X1. pose proof (inv_half eps Heps). unfold Rdiv. nra. Qed.
Lemma v_u : v = u * / delta.
Proof. field. lra. Qed.
Lemma v2u : 2 * u <= v.
Proof. rewrite v_u. pose proof u2. pose proof (inv_half delta Hdelta). nra. Qed.

Lemma bits_u : (2 <= p)%nat -> 2 ^ p < 1.251 * u.
Proof.
  intros H2. destruct Hp as (_ & _ & F). destruct p as [|q]; [lia|].
  pose proof (too_few_bits d l eps q Heps (F q ltac:(lia))) as G.
  apply Rmult_lt_reg_r with eps; [lra|]. replace (1.251 * u * eps) with (1.251 * X) by (field; lra).
  auto.
Qed.
Lemma bits_log : (2 <= p)%nat -> INR p <= lg u + 13/40.
Proof.
  intros H2. pose proof (bits_u H2) as G. pose proof u2 as U.
  apply Rlt_le, lg_le in G; [|apply pow_R1_Rle; lra]. rewrite lg_two, lg_mult in G by lra.
  pose proof (lg_at_most 1.251 40 13 ltac:(lra) ltac:(lia) ltac:(cbn [pow]; lra)) as A.
  replace (INR 40) with 40 in A by (cbn; lra). replace (INR 13) with 13 in A by (cbn; lra). lra.
Qed.
Lemma log_u1 : 1 <= lg u.
Proof. rewrite <- lg_2 at 1. apply lg_le; [lra|apply u2]. Qed.
Lemma log_v : lg u + 1 <= lg v.
Proof.
  pose proof v2u. pose proof u2. apply Rle_trans with (lg (2 * u)).
  - rewrite lg_mult, lg_2 by lra. lra.
  - apply lg_le; lra.
Qed.

Lemma size_bound : (26 <= B)%nat -> INR (B - 1) <= 26/5 * (2 * lg v - 1 + lg (1.15 * (INR p + 1))).
Proof.
  intros H26. destruct HB as (_ & _ & F). specialize (F (B - 1)%nat ltac:(lia)).
  destruct Hp as (P1 & _ & _).
  set (n := (B - 1)%nat) in *.
  destruct (counts_bound (blocks_plan dims l p n) d Hd Hl Hdims) as [[BC0 B1] B2].
  unfold fail_sum in F. cbn [b_l b_p b_B blocks_plan] in *.
  pose proof X1 as HX. set (x := X) in *. pose proof (INR1 p P1) as Pp. set (q := INR p) in *.
  set (T := blocks_plan dims l p n) in *.
  set (y := (7/8) ^ n) in *. assert (Y0 : 0 < y) by (apply pow_lt; lra).
  assert (TL : 0 <= (3/4) ^ n * (1 + INR n / 3) <= 1/5 * y).
  { split; [apply Rmult_le_pos; [apply pow_le; lra|pose proof (pos_INR n); lra]|].
    unfold y. replace n with (25 + (n - 25))%nat by lia. apply tail25. }
  assert (T1 : blocks_count T * ((3/4) ^ n * (1 + INR n / 3)) <= x * (q + 1) * (q + 2) * (1/5 * y)).
  { apply Rmult_le_compat; auto; tauto. }
  assert (T2 : 2 * (q + 1) * copies_count_sum T * y <= 2 * (q + 1) * (2 * x * x) * y).
  { apply Rmult_le_compat_r; [lra|]. apply Rmult_le_compat_l; [lra|]. auto. }
  assert (G : delta < (q + 1) * y * (x * ((q + 2) / 5) + 4 * (x * x))) by lra.
  (* in terms of v *)
  set (w := v) in *. assert (VX : x = w * (eps * delta)) by (unfold w, x; field; lra).
  assert (W4 : 4 <= w) by (pose proof v2u as V2; pose proof u2 as U2; fold w in V2; lra).
  assert (Q2 : q + 2 <= 3/4 * w).
  { destruct (Nat.le_gt_cases 2 p) as [H2|H2].
    - pose proof (bits_u H2) as U. pose proof v2u as V. fold w in V.
      assert (PW : q + 2 <= 2 ^ p).
      { unfold q. clear -H2. replace p with (2 + (p - 2))%nat
          by lia. induction (p - 2)%nat as [|k IH]; [cbn; lra|].
        replace (2 + S k)%nat with (S (2 + k)) by lia. rewrite S_INR. cbn [pow].
        pose proof (pos_INR (2 + k)). lra. }
      lra.
    - assert (p = 1%nat) by lia. unfold q. subst p. cbn [INR]. lra. }
  assert (E1 : x * ((q + 2) / 5) <= delta * (w * w * (3/40))).
  { rewrite VX. assert (0 <= w * delta) by nra.
    apply Rle_trans with ((w * delta) * (1/2 * ((3/4 * w) / 5))).
    - replace (w * (eps * delta) * ((q + 2) / 5)) with ((w * delta) * (eps * ((q + 2) / 5)))
        by ring.
      apply Rmult_le_compat_l; auto. apply Rmult_le_compat; lra.
    - right. field. }
  assert (E2 : 4 * (x * x) <= delta * (w * w * (1/2))).
  { rewrite VX. replace (4 * (w * (eps * delta) * (w * (eps * delta))))
      with ((delta * (w * w)) * (4 * (eps * eps) * delta)) by ring.
    replace (delta * (w * w * (1/2))) with ((delta * (w * w)) * (1/2)) by ring.
    assert (EE : 0 <= eps * eps <= 1/4) by nra.
    apply Rmult_le_compat_l; [nra|]. nra. }
  assert (QY : 0 < (q + 1) * y) by (apply Rmult_lt_0_compat; lra).
  assert (G2 : delta < (q + 1) * y * (delta * (w * w * (23/40)))).
  { eapply Rlt_le_trans; [exact G|]. apply Rmult_le_compat_l; lra. }
  assert (G3 : 2 * (8/7) ^ n <= (1.15 * (q + 1)) * (w * w)).
  { assert (YI : y * (8/7) ^ n = 1) by (unfold y; rewrite <- Rpow_mult_distr;
      replace (7/8 * (8/7)) with 1 by field; apply pow1).
    assert (Z0 : 0 < (8/7) ^ n) by (apply pow_lt; lra).
    apply (Rmult_lt_compat_r ((8/7) ^ n)) in G2; auto.
    replace ((q + 1) * y * (delta * (w * w * (23/40))) * (8/7) ^ n)
      with (delta * ((q + 1) * (w * w * (23/40)) * (y * (8/7) ^ n))) in G2 by ring.
    rewrite YI, Rmult_1_r in G2. apply Rmult_lt_reg_l in G2; lra. }
  assert (Z1 : 1 <= (8/7) ^ n) by (apply pow_R1_Rle; lra).
  apply lg_le in G3; [|lra].
  rewrite (lg_mult 2), lg_2, lg_pow in G3 by lra. rewrite (lg_mult (1.15 * (q + 1))),
    (lg_mult w w) in G3 by nra.
  pose proof (lg_at_least (8/7) 26 5 ltac:(lra) ltac:(lia) ltac:(cbn [pow]; lra)) as K.
  replace (INR 26) with 26 in K by (cbn; lra). replace (INR 5) with 5 in K by (cbn; lra).
  pose proof (pos_INR n) as N0.
  assert (INR n * (5/26) <= INR n * lg (8/7)) by (apply Rmult_le_compat_l; lra).
  change (x / (eps * delta)) with w. lra.
Qed.

Lemma widest_2d : (widest dims l <= 2 * d)%nat.
Proof.
  unfold widest. apply list_max_le. apply Forall_forall. intros m H.
  apply in_map_iff in H as [i [<- Hi]]. apply in_seq in Hi.
  destruct (i =? 0)%nat; [pose proof (Hdims 0%nat ltac:(lia))|pose proof (Hdims i ltac:(lia))]; lia.
Qed.

Theorem B5_smallest :
  INR (widest dims l * (p + 1) * B) <= 28 * INR d * (lg v * lg v) /\
  INR (1 + l * (p + 1)) <= 3 * INR l * lg u.
Proof.
  pose proof log_u1 as U1. pose proof log_v as V1. pose proof (INR1 d Hd) as D1.
  pose proof (INR1 l Hl) as L1.
  pose proof Hp as (P1 & _). pose proof HB as (B2 & _). pose proof (INR1 p P1) as Pp.
  assert (PY : (2 <= p)%nat -> INR p + 27/40 <= lg v) by (intros H2; pose proof (bits_log H2); lra).
  set (Y := lg v) in *. split.
  - assert (G : (INR p + 1) * INR B <= 14 * (Y * Y)).
    { destruct (Nat.le_gt_cases 26 B) as [H|H].
      - replace (INR B) with (INR (B - 1) + 1) by (rewrite <- S_INR; f_equal; lia).
        apply width_bound; auto; [lra|]. apply size_bound; auto.
      - apply Rle_trans with ((INR p + 1) * 25).
        + apply Rmult_le_compat_l; [lra|]. replace 25 with (INR 25) by (cbn; lra). apply le_INR.
          lia.
        + destruct (Nat.le_gt_cases 2 p) as [H2|H2].
          * specialize (PY H2). pose proof (le_INR _ _ H2) as P2. cbn [INR] in P2.
            apply Rle_trans with (14 * ((INR p + 27/40) * (INR p + 27/40))); [nra|].
            apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat; lra.
          * replace p with 1%nat by lia. cbn [INR]. nra. }
    apply Rle_trans with (2 * INR d * ((INR p + 1) * INR B)).
    + rewrite !mult_INR, plus_INR. cbn [INR]. pose proof (le_INR _ _ widest_2d) as W.
      rewrite mult_INR in W. cbn [INR] in W.
      rewrite Rmult_assoc. apply Rmult_le_compat_r; [apply Rmult_le_pos; [lra|apply pos_INR]|]. lra.
    + replace (28 * INR d * (Y * Y)) with (2 * INR d * (14 * (Y * Y))) by ring.
      apply Rmult_le_compat_l; lra.
  - rewrite plus_INR, mult_INR, plus_INR. cbn [INR].
    destruct (Nat.le_gt_cases 2 p) as [H2|H2].
    + pose proof (bits_log H2) as G. pose proof (le_INR _ _ H2) as P2. cbn [INR] in P2. nra.
    + replace p with 1%nat by lia. cbn [INR]. nra.
Qed.
End Rates.

(** ** such a plan exists *)
Lemma least_bits_exists d l eps : (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1 -> exists p,
  least_bits d l eps p.
Proof.
  intros Hd Hl He.
  destruct (least_nat (fun p => (1 + eta_of d p) ^ l <= 1 + eps) (fun p =>
    Rle_or _ _) 1 (BlocksBits d l eps)) as (p & H1 & H2 & H3).
  - unfold BlocksBits. lia.
  - apply (BlocksBits_ok d l eps (1/2)); auto; lra.
  - exists p. repeat split; auto. intros q Hq. apply Rnot_le_lt. apply H3. auto.
Qed.
Lemma least_size_exists dims d l p delta : (1 <= d)%nat -> (1 <= l)%nat -> (1 <= p)%nat ->
  0 < delta < 1 ->
  (forall i, (i <= l)%nat -> (dims i <= d)%nat) -> exists B, least_size dims l p delta B.
Proof.
  intros Hd Hl Hp Hdl HD. set (x := 4 * (INR d * INR l) * (INR p + 1) * (INR d * INR l + INR p)).
  destruct (least_nat (fun B => fail_sum (blocks_plan dims l p B) <= delta) (fun B =>
    Rle_or _ _) 2 (2 + clog (8/7) (x / delta))) as (B & H1 & H2 & H3).
  - lia.
  - eapply Rle_trans; [apply (fail_sum_bound _ d); auto|]. cbn [b_l b_p b_B blocks_plan]. fold x.
    pose proof (pow_clog (8/7) (x / delta) ltac:(lra)) as C. set (n := clog (8/7) (x / delta)) in *.
    assert (Y : (7/8) ^ n * (8/7) ^ n = 1) by (rewrite <- Rpow_mult_distr;
      replace (7/8 * (8/7)) with 1 by field; apply pow1).
    assert (Y0 : 0 < (7/8) ^ n) by (apply pow_lt; lra).
    assert (C1 : x <= (8/7) ^ n * delta).
    { replace x with (x / delta * delta) by (field; lra). apply Rmult_le_compat_r; [lra|exact C]. }
    apply (Rmult_le_compat_r ((7/8) ^ n)) in C1; [|lra].
    replace ((8/7) ^ n * delta * (7/8) ^ n) with (delta * ((7/8) ^ n * (8/7) ^ n)) in C1 by ring.
    rewrite Y in C1.
    assert (X0 : 0 <= x * (7/8) ^ n).
    { apply Rmult_le_pos;
        [|lra]. unfold x. pose proof (INR1 d Hd). pose proof (INR1 l Hl). pose proof (INR1 p Hp).
      assert (0 <= INR d * INR l) by nra. repeat apply Rmult_le_pos; lra. }
    cbn [plus pow]. lra.
  - exists B. repeat split; auto. intros n Hn. apply Rnot_le_lt. apply H3. auto.
Qed.

(** B5: B4's theorem with the rates: width at most 28 d log2(d l/(eps delta))^2, depth at most
    3 l log2(d l/eps) *)
Theorem B5_rates : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1/2 -> 0 < delta <= 1/2 ->
  forall dims : nat -> nat, (forall i, (i <= l)%nat -> (dims i <= d)%nat) ->
  exists p B : nat,
  let N := (widest dims l * (p + 1) * B)%nat in
  let L := (1 + l * (p + 1))%nat in
  least_bits d l (eps * (1 - /1024)) p /\ least_size dims l p delta B /\
  INR N <= 28 * INR d * (lg (INR d * INR l / (eps * delta)) * lg (INR d * INR l / (eps * delta))) /\
  INR L <= 3 * INR l * lg (INR d * INR l / eps) /\
  forall nm : Norm,
  at_least (1 - delta) (coords_of (shape (dims 0%nat) N L (dims l)) L)
    (contains nm dims l N L (p * l) eps).
Proof.
  intros d l eps delta Hd Hl He Hdl dims HD.
  destruct (least_bits_exists d l (eps * (1 - /1024))) as [p Hp]; auto; [lra|].
  pose proof Hp as (P1 & P2 & _).
  destruct (least_size_exists dims d l p delta) as [B HB]; auto; [lra|].
  pose proof HB as (B1 & B2 & _). exists p, B. cbv zeta.
  destruct (B5_smallest dims d l eps delta p B) as [R1 R2]; auto.
  repeat (split; [assumption|]). intros nm.
  apply (B4_plan nm dims l p B d); auto. lra.
Qed.

(** the constant 3 is the smallest possible: at d = l = 1, eps = 1/2 the least plan has
    L = 3 log2(d l/eps) *)
Theorem B5_sharp : forall c : R, (forall d l eps p, (1 <= d)%nat -> (1 <= l)%nat ->
  0 < eps <= 1/2 ->
    least_bits d l (eps * (1 - /1024)) p -> INR (1 + l * (p + 1)) <=
      c * INR l * lg (INR d * INR l / eps)) -> 3 <= c.
Proof.
  intros c H. specialize (H 1%nat 1%nat (1/2) 1%nat (le_n _) (le_n _) ltac:(lra)).
  replace (INR 1 * INR 1 / (1/2)) with (2 ^ 1) in H by (cbn; field). rewrite lg_two in H.
  replace (INR (1 + 1 * (1 + 1))) with 3 in H by (cbn; lra). cbn [INR] in H.
  enough (least_bits 1 1 (1/2 * (1 - /1024)) 1) by (specialize (H H0); lra).
  repeat split; auto.
  - unfold eta_of. cbn [pow INR]. lra.
  - intros q Hq. lia.
Qed.
