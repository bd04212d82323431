(** * HornerRates (S5): the rates of construction S, with explicit constants.

    With X = log2(d l/eps) and Lambda = log2(l X/delta), for all d, l >= 1 and eps, delta <= 1/2:
    - [S5_smallest]: the program's plans, with the least p, the least e and the least slack
      s_U + 2 s_A, have N <= 4 d + 7 Lambda + 41 and L <= l (X + 1/2 log2(l d^2/delta) + 7.81).
      (For p, eps is reduced by a 1024th, which the program keeps for outward rounding.)
    - [S5_rates]: such a plan exists, and S4's theorem holds for it.
    The logarithm is [lg] of Logarithm.v, a real number, not rounded. *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Expansion Probability Pool Network Quantize Norms Layers Plan Digits
  Logarithm Main.
From Pmone Require SignAgnosticRates BlocksRates.
Import ListNotations.
Open Scope R_scope.

(** ** the smallest plan *)
Definition least (P : nat -> Prop) (n : nat) : Prop := P n /\ forall m, P m -> (n <= m)%nat.
(** the largest m_i and the largest n_i *)
Definition most_in (dims : nat -> nat) (l : nat) : nat :=
  list_max (map (fun i => if (i =? 0)%nat then (2 * dims 0)%nat else dims i) (seq 0 l)).
Definition most_out (dims : nat -> nat) (l : nat) : nat :=
  list_max (map (fun i => dims (S i)) (seq 0 l)).
(** the plan with slacks sU and sA *)
Definition horner_plan (dims : nat -> nat) (l p e sU sA : nat) : plan :=
  Plan dims l p e (most_in dims l + sU) (most_out dims l + 1 + sA).

Definition smallest (dims : nat -> nat) (d l : nat) (eps delta : R) (p e sU sA : nat) : Prop :=
  least (fun p => (1 + eta_of d p) ^ l <= 1 + eps * (1 - /1024)) p /\
  least (fun e => digit_sum (horner_plan dims l p e 0 0) <= delta / 2) e /\
  match_sum (horner_plan dims l p e sU sA) <= delta / 2 /\
  forall s r, match_sum (horner_plan dims l p e s r) <= delta / 2 -> (sU + 2 * sA <= s + 2 * r)%nat.

(** Lambda *)
Definition Lam (d l : nat) (eps delta : R) : R := lg (INR l * lg (INR d * INR l / eps) / delta).

(** ** some logarithms *)
Lemma lg_531 : lg (531/100) <= 241/100.
Proof.
  replace (241/100) with (INR 241 / INR 100) by (rewrite !INR_IZR_INZ; cbn; lra).
  apply lg_rat; [lia..|]. vm_compute. discriminate.
Qed.
Lemma lg_40_3 : lg (40/3) <= 374/100.
Proof.
  replace (374/100) with (INR 374 / INR 100) by (rewrite !INR_IZR_INZ; cbn; lra).
  apply lg_rat; [lia..|]. vm_compute. discriminate.
Qed.
Lemma lg_200_13 : lg (200/13) <= 395/100.
Proof.
  replace (395/100) with (INR 395 / INR 100) by (rewrite !INR_IZR_INZ; cbn; lra).
  apply lg_rat; [lia..|]. vm_compute. discriminate.
Qed.
Lemma lg_12377 : lg (12377/10000) <= 31/100.
Proof.
  replace (31/100) with (INR 31 / INR 100) by (rewrite !INR_IZR_INZ; cbn; lra).
  apply lg_rat; [lia..|]. vm_compute. discriminate.
Qed.

(** ** the number of bits *)
Lemma too_few_bits d l eps p : 0 < eps <= 1/2 ->
  1 + eps * (1 - /1024) < (1 + eta_of d p) ^ l -> 2 ^ S p * (808/1000 * eps) < INR d * INR l.
Proof.
  intros He H. apply Rnot_le_lt. intros C.
  assert (PB : 0 < 2 ^ S p) by (apply pow_lt; lra).
  pose proof (pos_INR d) as D0. pose proof (pos_INR l) as L0.
  assert (E0 : 0 <= eta_of d p).
  { unfold eta_of, Rdiv. apply Rmult_le_pos; [lra|]. left. apply Rinv_0_lt_compat. auto. }
  set (z := INR l * eta_of d p).
  assert (Z0 : 0 <= z) by (apply Rmult_le_pos; lra).
  assert (Hz : z <= 808/1000 * eps).
  { apply Rmult_le_reg_r with (2 ^ S p); auto. unfold z, eta_of.
    replace (INR l * (INR d / 2 ^ S p) * 2 ^ S p) with (INR d * INR l) by (field; lra). lra. }
  pose proof (SignAgnosticRates.power_upper (eta_of d p) l E0 ltac:(fold z; lra)) as U. fold z in U.
  cbn [pow] in U.
  assert (Z2 : z * z <= 652864/1000000 * (eps * eps)) by nra.
  assert (Z3 : z * (z * z) <= 528/1000 * (eps * (eps * eps))).
  { apply Rle_trans with ((808/1000 * eps) * (652864/1000000 * (eps * eps)));
      [apply Rmult_le_compat; nra|nra]. }
  assert (E2 : eps * eps <= 1/2 * eps) by nra. assert (E3 : eps * (eps * eps) <= 1/4 * eps) by nra.
  lra.
Qed.

(** ** the failure sum *)
(** ((4/3)^d - 1) (7/8)^(4d) is largest at d = 3 *)
Lemma output_share d : (1 <= d)%nat -> ((4/3) ^ d - 1) * ((7/8) ^ 4) ^ d <= 28/100.
Proof.
  intros H. destruct d as [|[|[|[|[|[|d]]]]]]; [lia|cbn; lra..|].
  set (n := S (S (S (S (S (S d)))))).
  destruct d as [|d]; [cbn; lra|].
  assert (A : (4/3 * (7/8) ^ 4) ^ n <= (4/3 * (7/8) ^ 4) ^ 6)
    by (apply pow_anti; [cbn; lra|unfold n; lia]).
  rewrite Rpow_mult_distr in A.
  assert (B : (4/3 * (7/8) ^ 4) ^ 6 <= 28/100) by (cbn; lra).
  assert (C : 0 <= ((7/8) ^ 4) ^ n) by (apply pow_le; cbn; lra). lra.
Qed.
(** Q (7/8)^(s + 2r): its 26th power is at most 0.075^5 0.065^24 / Q^3 *)
Lemma output_slack (Q : R) (s r : nat) : 4 <= Q ->
  Q * (1/2) ^ s <= 75/1000 -> Q * (3/4) ^ r <= 65/1000 -> Q * (7/8) ^ (s + 2 * r) <= 43/1000.
Proof.
  intros HQ Hu Hv. set (u := (1/2) ^ s) in *. set (v := (3/4) ^ r) in *.
  set (g := (7/8) ^ (s + 2 * r)).
  assert (U0 : 0 < u) by (apply pow_lt; lra). assert (V0 : 0 < v) by (apply pow_lt; lra).
  assert (G0 : 0 < g) by (apply pow_lt; lra).
  assert (E : g ^ 26 <= u ^ 5 * v ^ 24).
  { unfold g, u, v. rewrite <- !pow_mult.
    replace ((s + 2 * r) * 26)%nat with (26 * s + 52 * r)%nat by lia.
    rewrite pow_add, (Nat.mul_comm s), (Nat.mul_comm r), !pow_mult.
    apply Rmult_le_compat; try (apply pow_le, pow_le; lra); apply pow_incr; split;
      try (apply pow_le; lra); cbn [pow]; lra. }
  apply (pow_le_inv _ _ 26); [nra|lra|lia|].
  assert (F : (Q * u) ^ 5 * (Q * v) ^ 24 <= (75/1000) ^ 5 * (65/1000) ^ 24).
  { apply Rmult_le_compat; try (apply pow_le; nra); apply pow_incr; nra. }
  rewrite !Rpow_mult_distr in F.
  assert (Q26 : 0 < Q ^ 26) by (apply pow_lt; lra).
  assert (Q3 : 64 <= Q ^ 3) by (replace 64 with (4 ^ 3) by (cbn; lra); apply pow_incr; lra).
  assert (W : 64 * (Q ^ 26 * (u ^ 5 * v ^ 24)) <= (75/1000) ^ 5 * (65/1000) ^ 24).
  { eapply Rle_trans; [|exact F].
    replace (Q ^ 5 * u ^ 5 * (Q ^ 24 * v ^ 24)) with (Q ^ 3 * (Q ^ 26 * (u ^ 5 * v ^ 24))) by ring.
    apply Rmult_le_compat_r; auto. apply Rmult_le_pos; [lra|].
    apply Rmult_le_pos; apply pow_le; lra. }
  rewrite Rpow_mult_distr.
  apply Rle_trans with (Q ^ 26 * (u ^ 5 * v ^ 24)); [apply Rmult_le_compat_l; lra|].
  assert (N : (75/1000) ^ 5 * (65/1000) ^ 24 <= 64 * (43/1000) ^ 26) by (cbn [pow]; lra). lra.
Qed.

(** sum of (n_i + 1) m_i *)
Lemma digit_sum_bound dims d l (T : plan) : (1 <= d)%nat -> (1 <= l)%nat ->
  (forall i, (i <= l)%nat -> (dims i <= d)%nat) -> p_dims T = dims -> p_l T = l ->
  digit_sum T <= 4 * (INR l * (INR d * INR d)) * (1/4) ^ p_e T.
Proof.
  intros Hd Hl Hdims E1 E2. pose proof (INR1 d Hd) as Dd. pose proof (INR1 l Hl) as L1.
  set (z := (1/4) ^ p_e T). assert (Z : 0 < z) by (apply pow_lt; lra).
  assert (O : forall i, (i < l)%nat -> INR (S (outs T i)) <= INR d + 1).
  { intros i Hi. rewrite S_INR. apply Rplus_le_compat_r, le_INR. unfold outs. rewrite E1.
    apply Hdims. lia. }
  unfold digit_sum. rewrite E2. fold z. destruct l as [|l']; [lia|]. cbn [seq]. cbn [rsum].
  assert (A : INR (S (outs T 0) * ins T 0) * z <= (INR d + 1) * (2 * INR d) * z).
  { apply Rmult_le_compat_r; [lra|]. rewrite mult_INR.
    apply Rmult_le_compat; [apply pos_INR|apply pos_INR|apply O; lia|].
    unfold ins. cbn [Nat.eqb]. rewrite E1, mult_INR.
    pose proof (le_INR _ _ (Hdims 0%nat ltac:(lia))). cbn [INR]. lra. }
  assert (B : rsum (fun i => INR (S (outs T i) * ins T i) * z) (seq 1 l')
    <= INR l' * ((INR d + 1) * INR d * z)).
  { rewrite <- (seq_length l' 1) at 2. apply rsum_le_const. intros i Hi. apply in_seq in Hi.
    apply Rmult_le_compat_r; [lra|]. rewrite mult_INR.
    apply Rmult_le_compat; [apply pos_INR|apply pos_INR|apply O; lia|].
    unfold ins. destruct (i =? 0)%nat eqn:Ei; [apply Nat.eqb_eq in Ei; lia|]. rewrite E1.
    apply le_INR, Hdims. lia. }
  eapply Rle_trans; [apply Rplus_le_compat; [exact A|exact B]|]. rewrite S_INR.
  pose proof (pos_INR l').
  enough (0 <= ((INR l' + 1) * (4 * (INR d * INR d)) - ((INR l' + 2) * ((INR d + 1) * INR d))) * z)
    by lra.
  apply Rmult_le_pos; [|lra].
  replace ((INR l' + 1) * (4 * (INR d * INR d)) - (INR l' + 2) * ((INR d + 1) * INR d))
    with (INR d * ((INR l' * (3 * INR d - 1)) + 2 * (INR d - 1))) by ring.
  apply Rmult_le_pos; [lra|]. apply Rplus_le_le_0_compat; [apply Rmult_le_pos|]; lra.
Qed.

Section Rates.
Variables (dims : nat -> nat) (d l : nat) (eps delta : R) (p e : nat).
Hypothesis Hd : (1 <= d)%nat.
Hypothesis Hl : (1 <= l)%nat.
Hypothesis Hdims : forall i, (i <= l)%nat -> (dims i <= d)%nat.
Hypothesis Heps : 0 < eps <= 1/2.
Hypothesis Hdelta : 0 < delta <= 1/2.
Local Notation DL := (INR d * INR l).
Local Notation X := (lg (DL / eps)).
Local Notation y := (lg (/ delta)).
Local Notation w := (lg (INR l * (INR d * INR d) / delta) / 2).
Local Notation K := (p + 1 + e)%nat.
Local Notation Q := (INR l * INR K / delta).
Local Notation Lambda := (Lam d l eps delta).

Lemma DL1 : 1 <= DL.
Proof. pose proof (INR1 d Hd). pose proof (INR1 l Hl). nra. Qed.
Lemma lg_facts : 1 <= X /\ 1 <= y /\ w <= X - 1 + y / 2 /\ 1/2 <= w /\
  Lambda = lg (INR l * X) + y /\ 0 <= lg (INR l * X).
Proof.
  pose proof DL1 as D1. pose proof (INR1 d Hd) as Dd. pose proof (INR1 l Hl) as L1.
  destruct (SignAgnosticRates.over_small eps DL Heps D1) as [E1 E2].
  pose proof (SignAgnosticRates.lg_small eps Heps) as E3.
  pose proof (SignAgnosticRates.lg_small delta Hdelta) as Y1.
  pose proof (lg_nonneg DL D1) as E4. assert (X1 : 1 <= X) by lra.
  assert (Z1 : 1 <= INR l * (INR d * INR d)) by nra.
  destruct (SignAgnosticRates.over_small delta _ Hdelta Z1) as [W1 W2].
  assert (Z2 : INR l * (INR d * INR d) <= DL ^ 2) by (cbn [pow]; nra).
  apply lg_le in Z2; auto. rewrite lg_pow in Z2 by auto. cbn [INR] in Z2.
  pose proof (lg_nonneg _ Z1) as Z3.
  assert (LX : 1 <= INR l * X) by nra.
  destruct (SignAgnosticRates.over_small delta _ Hdelta LX) as [_ V2].
  unfold Lam. rewrite W2, V2. pose proof (lg_nonneg _ LX). repeat split; lra.
Qed.

(** *** the number of digits *)
Hypothesis Hp : least (fun p => (1 + eta_of d p) ^ l <= 1 + eps * (1 - /1024)) p.
Lemma p1 : (1 <= p)%nat.
Proof.
  destruct p as [|q]; [|lia]. exfalso. destruct Hp as [F _]. unfold eta_of in F.
  pose proof (INR1 d Hd) as Dd. pose proof (INR1 l Hl) as L1.
  pose proof (poly l (INR d / 2 ^ 1) ltac:(cbn [pow]; lra)) as B.
  assert (1/2 <= INR l * (INR d / 2 ^ 1)) by (cbn [pow]; nra). lra.
Qed.
Lemma bits_rate : INR p <= X + 31/100.
Proof.
  pose proof p1 as P1. pose proof DL1 as D1. destruct p as [|q]; [lia|]. destruct Hp as [_ F].
  assert (G : 1 + eps * (1 - /1024) < (1 + eta_of d q) ^ l).
  { apply Rnot_le_lt. intros C. apply F in C. lia. }
  apply (too_few_bits d l eps q Heps) in G.
  destruct (SignAgnosticRates.over_small eps DL Heps D1) as [E1 _].
  assert (H : 2 ^ S q <= 12377/10000 * (DL / eps)).
  { apply Rmult_le_reg_r with eps; [lra|].
    replace (12377/10000 * (DL / eps) * eps) with (12377/10000 * DL) by (field; lra).
    pose proof (pow_lt 2 (S q) ltac:(lra)). nra. }
  apply lg_le in H; [|apply pow_R1_Rle; lra]. rewrite BlocksRates.lg_two, lg_mult in H by lra.
  pose proof lg_12377. lra.
Qed.

Hypothesis He : least (fun e => digit_sum (horner_plan dims l p e 0 0) <= delta / 2) e.
Lemma spare_rate : INR e <= w + 5/2.
Proof.
  destruct lg_facts as (_ & _ & _ & W0 & _). destruct e as [|q]; [cbn [INR]; lra|].
  destruct He as [_ F].
  assert (G : delta / 2 < digit_sum (horner_plan dims l p q 0 0)).
  { apply Rnot_le_lt. intros C. apply F in C. lia. }
  pose proof (digit_sum_bound dims d l (horner_plan dims l p q 0 0) Hd Hl Hdims eq_refl eq_refl)
    as B. cbn [p_e horner_plan] in B.
  pose proof (INR1 d Hd) as Dd. pose proof (INR1 l Hl) as L1.
  set (v := INR l * (INR d * INR d)) in *. assert (V1 : 1 <= v) by (unfold v; nra).
  destruct (SignAgnosticRates.over_small delta v Hdelta V1) as [W1 _].
  assert (Z : (1/4) ^ q * 4 ^ q = 1) by (rewrite <- Rpow_mult_distr; replace (1/4 * 4) with 1
    by field; apply pow1).
  assert (P : 0 < 4 ^ q) by (apply pow_lt; lra).
  assert (H : 4 ^ q <= 2 ^ 3 * (v / delta)).
  { apply Rmult_le_reg_r with (delta / 2); [lra|].
    replace (2 ^ 3 * (v / delta) * (delta / 2)) with (4 * v * 1) by (cbn [pow]; field; lra).
    rewrite <- Z. nra. }
  apply lg_le in H; [|apply pow_R1_Rle; lra].
  rewrite lg_mult, lg_pow, BlocksRates.lg_two in H by (try lra; cbn; lra).
  replace (lg 4) with 2 in H by (replace 4 with (2 ^ 2) by (cbn; lra); rewrite BlocksRates.lg_two;
    cbn; lra).
  rewrite S_INR. cbn [INR] in H. lra.
Qed.

Lemma K_rate : INR K <= X + w + 381/100.
Proof. pose proof bits_rate. pose proof spare_rate. rewrite !plus_INR. cbn [INR]. lra. Qed.
Lemma K2 : 2 <= INR K.
Proof. pose proof p1. change 2 with (INR 2). apply le_INR. lia. Qed.

Theorem depth_rate : INR (2 + l * (K + 2)) <= INR l * (X + w + 781/100).
Proof.
  pose proof K_rate as H. pose proof (INR1 l Hl) as L1. rewrite plus_INR, mult_INR, plus_INR.
  cbn [INR].
  assert (INR l * (INR K + 2) <= INR l * (X + w + 381/100 + 2)) by (apply Rmult_le_compat_l; lra).
  lra.
Qed.

(** *** one pair of slacks *)
Lemma Q4 : 4 <= Q.
Proof.
  pose proof K2. pose proof (INR1 l Hl). pose proof (inv_half delta Hdelta).
  assert (2 <= INR l * INR K) by nra. unfold Rdiv. nra.
Qed.
Lemma Q_rate : lg Q <= Lambda + 241/100 + (Lambda - 1) / (531/100).
Proof.
  destruct lg_facts as (X1 & Y1 & W1 & W0 & L1 & L0). pose proof K_rate as KR.
  pose proof (INR1 l Hl) as Ll.
  set (c := 481/100 + Lambda / 2).
  assert (C : INR K <= c * X).
  { apply Rle_trans with ((481/100 + y / 2) * X); [|apply Rmult_le_compat_r; unfold c; lra].
    assert (0 <= (X - 1) * (281/100 + y / 2)) by (apply Rmult_le_pos; lra). lra. }
  assert (D : Q <= (INR l * X / delta) * c).
  { replace (INR l * X / delta * c) with (INR l * (c * X) * / delta) by (field; lra).
    apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat; lra|]. apply Rmult_le_compat_l; lra. }
  pose proof Q4. apply lg_le in D; [|lra].
  assert (LX : 1 <= INR l * X) by nra.
  destruct (SignAgnosticRates.over_small delta _ Hdelta LX) as [V1 _].
  rewrite lg_mult in D by (unfold c; lra). fold Lambda in D.
  change (lg (INR l * X / delta)) with Lambda in D.
  pose proof (lg_tangent (531/100) c ltac:(lra) ltac:(unfold c; lra)) as T. pose proof lg_531.
  replace (2 * ((c - 531/100) / (531/100))) with ((Lambda - 1) / (531/100)) in T by (unfold c;
    field). lra.
Qed.

Definition sU : nat := clog 2 (40/3 * Q).
Definition sA : nat := clog (4/3) (200/13 * Q).
Theorem slack_rate : INR (2 + sU + 2 * sA) <= 7 * Lambda + 41.
Proof.
  pose proof Q4 as Q4. pose proof Q_rate as QR. destruct lg_facts as (X1 & Y1 & W1 & W0 & L1 & L0).
  assert (A : INR sU <= 1 * lg (40/3 * Q) + 1) by (apply clog_lg; try lra; rewrite lg_2; lra).
  assert (B : INR sA <= 241/100 * lg (200/13 * Q) + 1)
    by (apply clog_lg; try lra; apply SignAgnosticRates.lg_43).
  rewrite lg_mult in A, B by lra. pose proof lg_40_3. pose proof lg_200_13.
  rewrite !plus_INR, mult_INR. cbn [INR]. lra.
Qed.

Local Notation T := (Plan dims l p e (2 * d + sU) (d + 1 + sA)).
Local Notation N := (4 * d + 2 + sU + 2 * sA)%nat.
Lemma merge_bound n : (n <= d)%nat -> G1 (S n) N threeq <= 95/100 * (3/4) ^ (sU + 2 * sA).
Proof.
  intros H. eapply Rle_trans; [apply (G1_geom _ _ (4 + (sU + 2 * sA))); [unfold threeq; lra|lia]|].
  unfold threeq. rewrite pow_add. set (t := (3/4) ^ (sU + 2 * sA)).
  assert (0 < t) by (apply pow_lt; lra). cbn [pow]. lra.
Qed.
Lemma read_bound n : (n <= d)%nat -> G2 n N <= 36/100 * (3/4) ^ (sU + 2 * sA).
Proof.
  intros H. unfold G2. replace N with (4 * d + (2 + (sU + 2 * sA)))%nat by lia.
  rewrite !pow_add, pow_mult.
  set (t := (3/4) ^ sU * (3/4) ^ (2 * sA)).
  assert (T0 : 0 < t) by (apply Rmult_lt_0_compat; apply pow_lt; lra).
  assert (P : 2 ^ n <= 2 ^ d) by (apply Rle_pow; [lra|auto]).
  assert (Z : 0 < ((3/4) ^ 4) ^ d) by (apply pow_lt; cbn; lra).
  assert (B : (2 ^ n - 1) * ((3/4) ^ 4) ^ d <= 2 * (3/4) ^ 4).
  { apply Rle_trans with ((2 * (3/4) ^ 4) ^ d); [rewrite Rpow_mult_distr; nra|].
    rewrite <- (pow_1 (2 * (3/4) ^ 4)) at 2. apply pow_anti; [cbn; lra|auto]. }
  replace ((2 ^ n - 1) * (((3/4) ^ 4) ^ d * ((3/4) ^ 2 * t)))
    with (((2 ^ n - 1) * ((3/4) ^ 4) ^ d) * ((3/4) ^ 2 * t)) by ring.
  apply Rle_trans with (2 * (3/4) ^ 4 * ((3/4) ^ 2 * t)); [|cbn [pow]; lra].
  apply Rmult_le_compat_r; auto. cbn [pow]. lra.
Qed.
Lemma output_bound n : (n <= d)%nat -> G3 n N <= 129/100 * (7/8) ^ (sU + 2 * sA).
Proof.
  intros H. unfold G3. replace N with (4 * d + (2 + (sU + 2 * sA)))%nat by lia.
  rewrite !pow_add, pow_mult.
  set (t := (7/8) ^ sU * (7/8) ^ (2 * sA)).
  assert (T0 : 0 < t) by (apply Rmult_lt_0_compat; apply pow_lt; lra).
  assert (P : (4/3) ^ n <= (4/3) ^ d) by (apply Rle_pow; [lra|auto]).
  assert (Z : 0 < ((7/8) ^ 4) ^ d) by (apply pow_lt; cbn; lra).
  pose proof (output_share d Hd) as O.
  assert (B : ((4/3) ^ n - 1) * ((7/8) ^ 4) ^ d <= 28/100).
  { eapply Rle_trans; [|exact O]. apply Rmult_le_compat_r; lra. }
  replace (6 * ((4/3) ^ n - 1) * (((7/8) ^ 4) ^ d * ((7/8) ^ 2 * t)))
    with ((((4/3) ^ n - 1) * ((7/8) ^ 4) ^ d) * (6 * (7/8) ^ 2 * t)) by ring.
  apply Rle_trans with (28/100 * (6 * (7/8) ^ 2 * t)); [|cbn [pow]; lra].
  apply Rmult_le_compat_r; auto. cbn [pow]. lra.
Qed.

Lemma outs_d i : (i < l)%nat -> (outs T i <= d)%nat.
Proof. intros Hi. unfold outs. cbn [p_dims]. apply Hdims. lia. Qed.
Lemma ins_d i : (i < l)%nat -> (ins T i <= 2 * d)%nat.
Proof.
  intros Hi. unfold ins. cbn [p_dims]. destruct (i =? 0)%nat.
  - pose proof (Hdims 0%nat ltac:(lia)). lia.
  - pose proof (Hdims i ltac:(lia)). lia.
Qed.

Theorem slacks_fit : match_sum T <= delta / 2.
Proof.
  pose proof K2 as K2. pose proof (INR1 l Hl) as L1. pose proof Q4 as Q4.
  set (u := (1/2) ^ sU). set (v := (3/4) ^ sA). set (t := (3/4) ^ (sU + 2 * sA)).
  set (g := (7/8) ^ (sU + 2 * sA)).
  assert (U0 : 0 < u) by (apply pow_lt; lra). assert (V0 : 0 < v) by (apply pow_lt; lra).
  assert (G0 : 0 < g) by (apply pow_lt; lra). assert (T0 : 0 < t) by (apply pow_lt; lra).
  assert (QU : Q * u <= 75/1000).
  { pose proof (pow_clog 2 (40/3 * Q) ltac:(lra)) as C. fold sU in C.
    assert (I : u * 2 ^ sU = 1) by (unfold u; rewrite <- Rpow_mult_distr; replace (1/2 * 2) with 1
      by field; apply pow1).
    apply (Rmult_le_compat_r u) in C; lra. }
  assert (QV : Q * v <= 65/1000).
  { pose proof (pow_clog (4/3) (200/13 * Q) ltac:(lra)) as C. fold sA in C.
    assert (I : v * (4/3) ^ sA = 1) by (unfold v; rewrite <- Rpow_mult_distr; replace (3/4 * (4/3))
      with 1 by field; apply pow1).
    apply (Rmult_le_compat_r v) in C; lra. }
  assert (QG : Q * g <= 43/1000) by (apply output_slack; auto).
  assert (TV : t <= v * v).
  { unfold t, v. replace (sU + 2 * sA)%nat with (sU + (sA + sA))%nat by lia. rewrite !pow_add.
    fold v.
    assert ((3/4) ^ sU <= 1) by (rewrite <- (pow1 sU); apply pow_incr; lra). nra. }
  assert (QT : Q * t <= 2/1000).
  { assert (Q * t <= (Q * v) * v) by nra. assert (4 * v <= 65/1000) by nra. nra. }
  (* the same in terms of l K *)
  assert (LK : INR l * INR K = delta * Q) by (field; lra).
  assert (LU : INR l * INR K * u <= 75/1000 * delta) by (rewrite LK; nra).
  assert (LV : INR l * INR K * v <= 65/1000 * delta) by (rewrite LK; nra).
  assert (LT : INR l * t <= 1/1000 * delta).
  { assert (INR l * INR K * t <= 2/1000 * delta) by (rewrite LK; nra).
    assert (INR l * t * 2 <= INR l * t * INR K) by (apply Rmult_le_compat_l; nra). lra. }
  assert (LG : g <= 215/10000 * delta).
  { assert (INR l * INR K * g <= 43/1000 * delta) by (rewrite LK; nra).
    assert (2 <= INR l * INR K) by nra.
    assert (2 * g <= INR l * INR K * g) by (apply Rmult_le_compat_r; lra). lra. }
  (* the sum *)
  unfold match_sum. assert (EW : width T = N) by (unfold width; cbn [p_U p_A]; lia).
  assert (EK : stages T = K) by (unfold stages; cbn [p_p p_e]; lia).
  rewrite EW, EK. cbn [p_dims p_l p_U p_A].
  assert (GU : forall n, (n <= 2 * d)%nat -> G1 n (2 * d + sU) half <= u).
  { intros n Hn. eapply Rle_trans; [apply (G1_geom n _ sU); [unfold half; lra|lia]|].
    unfold half. fold u. lra. }
  assert (GA : forall n, (n <= d)%nat -> G1 (S n) (d + 1 + sA) threeq <= 3 * v).
  { intros n Hn. eapply Rle_trans; [apply (G1_geom _ _ sA); [unfold threeq; lra|lia]|].
    unfold threeq. fold v. lra. }
  assert (EM : INR (K - 1) = INR K - 1) by (rewrite minus_INR by lia; reflexivity).
  assert (B0 : G1 (2 * dims 0) (2 * d + sU) half <= u)
    by (apply GU; pose proof (Hdims 0%nat ltac:(lia)); lia).
  assert (B1 : rsum (fun i => INR (K - 1) * (G1 (ins T i) (2 * d + sU) half
      + 2 * G1 (S (outs T i)) (d + 1 + sA) threeq) + G1 (S (outs T i)) N threeq) (seq 0 l)
      <= INR l * (INR (K - 1) * (u + 2 * (3 * v)) + 95/100 * t)).
  { rewrite <- (seq_length l 0) at 2. apply rsum_le_const. intros i Hi. apply in_seq in Hi.
    pose proof (outs_d i ltac:(lia)) as O. apply Rplus_le_compat; [|apply merge_bound; auto].
    apply Rmult_le_compat_l; [apply pos_INR|].
    pose proof (GU (ins T i) (ins_d i ltac:(lia))). pose proof (GA (outs T i) O). lra. }
  assert (B2 : rsum (fun i => G2 (outs T i) N) (seq 0 (l - 1)) <= INR (l - 1) * (36/100 * t)).
  { rewrite <- (seq_length (l - 1) 0) at 2. apply rsum_le_const. intros i Hi. apply in_seq in Hi.
    apply read_bound, outs_d. lia. }
  pose proof (output_bound (outs T (l - 1)) (outs_d (l - 1) ltac:(lia))) as B3. fold g in B3.
  assert (E2 : INR (l - 1) = INR l - 1) by (rewrite minus_INR by lia; reflexivity).
  eapply Rle_trans; [apply Rplus_le_compat; [apply Rplus_le_compat; [apply Rplus_le_compat;
    [exact B0|exact B1]|exact B2]|exact B3]|].
  rewrite EM, E2.
  assert (Z1 : 0 <= (INR l - 1) * u) by (apply Rmult_le_pos; lra).
  assert (Z2 : 0 <= INR l * v) by (apply Rmult_le_pos; lra). lra.
Qed.

(** *** the smallest plan *)
Lemma most_in_d : (most_in dims l <= 2 * d)%nat.
Proof.
  apply list_max_le, Forall_forall. intros m H. apply in_map_iff in H as [i [<- Hi]].
  apply in_seq in Hi.
  destruct (i =? 0)%nat; [pose proof (Hdims 0%nat ltac:(lia))|pose proof (Hdims i ltac:(lia))]; lia.
Qed.
Lemma most_out_d : (most_out dims l <= d)%nat.
Proof. apply list_max_le, Forall_forall. intros m H. apply in_map_iff in H as [i [<- Hi]].
apply in_seq in Hi. apply Hdims. lia. Qed.
Lemma pair_plan :
  horner_plan dims l p e (2 * d - most_in dims l + sU) (d - most_out dims l + sA) = T.
Proof. pose proof most_in_d. pose proof most_out_d. unfold horner_plan. f_equal; lia. Qed.
Theorem width_rate s r :
  (forall s' r', match_sum (horner_plan dims l p e s' r') <= delta / 2 ->
    (s + 2 * r <= s' + 2 * r')%nat) ->
  INR (width (horner_plan dims l p e s r)) <= 4 * INR d + 7 * Lambda + 41.
Proof.
  intros H. pose proof most_in_d. pose proof most_out_d.
  specialize (H (2 * d - most_in dims l + sU)%nat (d - most_out dims l + sA)%nat ltac:(rewrite
    pair_plan; apply slacks_fit)).
  apply Rle_trans with (INR (4 * d + (2 + sU + 2 * sA))).
  - apply le_INR. unfold width. cbn [p_U p_A horner_plan]. lia.
  - pose proof slack_rate. rewrite plus_INR, mult_INR. replace (INR 4) with 4 by (cbn; lra). lra.
Qed.
End Rates.

(** S5, for every smallest plan *)
Theorem S5_smallest : forall (dims : nat -> nat) (d l : nat) (eps delta : R) (p e sU sA : nat),
  (1 <= d)%nat -> (1 <= l)%nat -> (forall i, (i <= l)%nat -> (dims i <= d)%nat) ->
  0 < eps <= 1/2 -> 0 < delta <= 1/2 -> smallest dims d l eps delta p e sU sA ->
  let N := width (horner_plan dims l p e sU sA) in
  let L := depth (horner_plan dims l p e sU sA) in
  let Lambda := Lam d l eps delta in
  1 <= Lambda /\
  INR N <= 4 * INR d + 7 * Lambda + 41 <= 4 * INR d + 24 * Lambda + 24 /\
  INR L <= INR l * (lg (INR d * INR l / eps) + 1/2 * lg (INR l * (INR d * INR d) / delta)
    + 781/100).
Proof.
  intros dims d l eps delta p e sU sA Hd Hl HD He Hdl (Hp & Hs & _ & Hm) N L Lambda.
  assert (L1 : 1 <= Lambda).
  { destruct (lg_facts d l eps delta) as (_ & Y1 & _ & _ & E & L0); auto. fold Lambda in E. lra. }
  split; [auto|]. split; [split; [|lra]|].
  - apply (width_rate dims d l eps delta p e); auto.
  - pose proof (depth_rate dims d l eps delta p e Hd Hl HD He Hdl Hp Hs) as R.
    replace (INR L) with (INR (2 + l * (p + 1 + e + 2))) by reflexivity. lra.
Qed.

(** ** such a plan exists *)
Lemma least_exists (P : nat -> Prop) : (forall n, P n \/ ~ P n) -> forall n, P n ->
  exists m, least P m.
Proof.
  intros dec n Hn. destruct (least_nat P dec 0 n ltac:(lia) Hn) as (m & _ & H1 & H2).
  exists m. split; auto. intros q Hq. apply Nat.nlt_ge. intros G. apply (H2 q); auto. lia.
Qed.
(** the least s + 2 r *)
Lemma least_pair (P : nat -> nat -> Prop) : (forall s r, P s r \/ ~ P s r) ->
  forall s r, P s r -> exists s r, P s r /\ forall s' r', P s' r' -> (s + 2 * r <= s' + 2 * r')%nat.
Proof.
  intros dec s r H.
  assert (D : forall c, (exists s r, (s + 2 * r = c)%nat /\ P s r) \/
    ~ exists s r, (s + 2 * r = c)%nat /\ P s r).
  { intros c.
    assert (B : forall n, (exists r, (2 * r <= c)%nat /\ P (c - 2 * r)%nat r) \/
       forall r, (r < n)%nat -> (2 * r <= c)%nat -> ~ P (c - 2 * r)%nat r).
    { induction n as [|n [IH|IH]]; [right; intros; lia|auto|].
      destruct (Nat.le_gt_cases (2 * n) c) as [C|C], (dec (c - 2 * n)%nat n) as [Y|Y]; eauto;
        right; intros r' R1 R2; (destruct (Nat.eq_dec r' n) as [->|]; [auto; lia|apply IH; lia]). }
    destruct (B (S c)) as [(x & X1 & X2)|Z].
    - left. exists (c - 2 * x)%nat, x. split; auto. lia.
    - right. intros (s0 & r0 & <- & X). apply (Z r0); try lia.
      replace (s0 + 2 * r0 - 2 * r0)%nat with s0 by lia. auto. }
  destruct (least_exists _ D (s + 2 * r)) as (c & (s0 & r0 & <- & X) & M); [eauto|].
  exists s0, r0. split; auto. intros s' r' H'. apply M. eauto.
Qed.

Theorem S5_plan_exists dims d l eps delta : (1 <= d)%nat -> (1 <= l)%nat ->
  (forall i, (i <= l)%nat -> (dims i <= d)%nat) -> 0 < eps <= 1/2 -> 0 < delta <= 1/2 ->
  exists p e sU sA, smallest dims d l eps delta p e sU sA.
Proof.
  intros Hd Hl HD He Hdl.
  destruct (least_exists (fun p => (1 + eta_of d p) ^ l <= 1 + eps * (1 - /1024))
    (fun p => Rle_or _ _) (Bits d l (eps * (1 - /1024)))) as [p Hp].
  { apply Bits_ok; auto. lra. }
  set (z := 4 * (INR l * (INR d * INR d))).
  destruct (least_exists (fun e => digit_sum (horner_plan dims l p e 0 0) <= delta / 2)
    (fun e => Rle_or _ _) (clog 4 (z / (delta / 2)))) as [e Hs].
  { pose proof (digit_sum_bound dims d l (horner_plan dims l p (clog 4 (z / (delta / 2))) 0 0) Hd Hl
      HD eq_refl eq_refl) as B.
    cbn [p_e horner_plan] in B. fold z in B. eapply Rle_trans; [exact B|].
    pose proof (pow_clog 4 (z / (delta / 2)) ltac:(lra)) as C.
    set (n := clog 4 (z / (delta / 2))) in *.
    assert (I : (1/4) ^ n * 4 ^ n = 1) by (rewrite <- Rpow_mult_distr; replace (1/4 * 4) with 1
      by field; apply pow1).
    assert (I0 : 0 < (1/4) ^ n) by (apply pow_lt; lra).
    replace (z * (1/4) ^ n) with (z / (delta / 2) * (1/4) ^ n * (delta / 2)) by (field; lra).
    apply Rle_trans with (1 * (delta / 2)); [|lra]. apply Rmult_le_compat_r; [lra|].
    apply (Rmult_le_compat_r ((1/4) ^ n)) in C; lra. }
  destruct (least_pair (fun s r => match_sum (horner_plan dims l p e s r) <= delta / 2)
    (fun s r => Rle_or _ _) (2 * d - most_in dims l + sU l delta p e) (d - most_out dims l + sA l
      delta p e)) as (s & r & H1 & H2).
  { rewrite (pair_plan dims d l delta p e Hd Hl HD).
    apply (slacks_fit dims d l eps delta p e); auto. }
  exists p, e, s, r. repeat split; auto; apply Hp || apply Hs.
Qed.

(** S5: the theorem with these rates *)
Theorem S5_rates : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1/2 -> 0 < delta <= 1/2 ->
  forall dims : nat -> nat, (forall i, (i <= l)%nat -> (dims i <= d)%nat) ->
  exists p e sU sA : nat,
  let N := width (horner_plan dims l p e sU sA) in
  let L := depth (horner_plan dims l p e sU sA) in
  let Lambda := lg (INR l * lg (INR d * INR l / eps) / delta) in
  smallest dims d l eps delta p e sU sA /\
  1 <= Lambda /\
  INR N <= 4 * INR d + 7 * Lambda + 41 <= 4 * INR d + 24 * Lambda + 24 /\
  INR L <= INR l * (lg (INR d * INR l / eps) + 1/2 * lg (INR l * (INR d * INR d) / delta)
    + 781/100) /\
  forall nm : Norm,
  at_least (1 - delta) (coords_of (shape (dims 0%nat) N L (dims l)) L)
    (contains nm dims l N L (p * l) eps).
Proof.
  intros d l eps delta Hd Hl He Hdl dims HD.
  destruct (S5_plan_exists dims d l eps delta Hd Hl HD He Hdl) as (p & e & s & r & H).
  exists p, e, s, r. cbv zeta.
  destruct (S5_smallest dims d l eps delta p e s r Hd Hl HD He Hdl H) as (L1 & R1 & R2).
  repeat (split; [assumption|]). intros nm.
  apply (S4_plan nm (horner_plan dims l p e s r) d eps delta); auto.
  - intros i Hi. cbn [p_l horner_plan p_U p_A] in *. unfold most_in, most_out. split.
    + apply Nat.le_trans with (2 := Nat.le_add_r _ _).
      refine (proj1 (Forall_forall _ _) (proj1 (list_max_le _ _) (le_n _)) _ _).
      apply in_map_iff. exists i. split; [reflexivity|]. apply in_seq. lia.
    + enough (outs (horner_plan dims l p e s r) i <= list_max (map (fun i => dims (S i)) (seq 0
      l)))%nat by lia.
      refine (proj1 (Forall_forall _ _) (proj1 (list_max_le _ _) (le_n _)) _ _).
      apply in_map_iff. exists i. split; [reflexivity|]. apply in_seq. lia.
  - destruct H as ([P _] & _). cbn [p_p p_l horner_plan]. lra.
  - destruct H as (_ & [S _] & M & _).
    change (digit_sum (horner_plan dims l p e s r)) with (digit_sum (horner_plan dims l p e 0 0)).
    lra.
Qed.
